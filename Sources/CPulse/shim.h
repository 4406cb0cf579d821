#pragma once
#include <pulse/pulseaudio.h>

// Macros that Swift cannot see.
static const pa_sample_format_t convene_pulse_float = PA_SAMPLE_FLOAT32NE;
static const uint32_t convene_pulse_default = (uint32_t)-1;
