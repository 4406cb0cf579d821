#pragma once
// The program has its own `main`, so SDL must not rename it.
#define SDL_MAIN_HANDLED
// SDL_cpuinfo.h would otherwise pull in every SIMD intrinsic of the compiler.
#define SDL_DISABLE_IMMINTRIN_H
#define SDL_DISABLE_MMINTRIN_H
#define SDL_DISABLE_XMMINTRIN_H
#define SDL_DISABLE_EMMINTRIN_H
#define SDL_DISABLE_PMMINTRIN_H
#include <SDL2/SDL.h>
#include <dlfcn.h>
#include <stdbool.h>

// Macros that Swift cannot see.
static const int convene_window_centered = SDL_WINDOWPOS_CENTERED;
static const SDL_AudioFormat convene_audio_float = AUDIO_F32SYS;
// Blue, green, red, alpha in memory, whatever the byte order of the machine.
static const Uint32 convene_pixels_bgra = SDL_PIXELFORMAT_BGRA32;

typedef void (*convene_alsa_handler)(const char *, int, const char *, int, const char *, ...);

static inline void convene_alsa_ignore(
    const char *file, int line, const char *function, int code, const char *format, ...) {
    (void)file; (void)line; (void)function; (void)code; (void)format;
}

// ALSA writes a dozen lines to standard error where there is no sound card, on top of the error that SDL reports.
// Silences that, or lets it speak again. Without effect where SDL does not use ALSA.
static inline void convene_alsa_silence(bool silent) {
    void *alsa = dlopen("libasound.so.2", RTLD_LAZY | RTLD_NOLOAD);
    if (!alsa) return;
    int (*set)(convene_alsa_handler) = (int (*)(convene_alsa_handler))dlsym(alsa, "snd_lib_error_set_handler");
    if (set) set(silent ? convene_alsa_ignore : (convene_alsa_handler)0);
    dlclose(alsa);
}
