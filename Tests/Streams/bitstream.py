"""H.264 byte streams taken apart and put together (Rec. ITU-T H.264 Annex B, clause 7.3), for scripts/stream-test."""

import random
import re

IDR, SLICE, SPS, PPS = 5, 1, 7, 8


def units(data):
    """The NAL units of a byte stream, without start codes."""
    starts = [match.end() for match in re.finditer(b"\x00\x00\x01", data)]
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    return [data[start:end].rstrip(b"\x00") for start, end in zip(starts, ends)]


def joined(parts):
    return b"".join(b"\x00\x00\x00\x01" + part for part in parts)


def kind(unit):
    return unit[0] & 31


def without_first(data, wanted):
    """The stream without its first unit of that kind."""
    parts = units(data)
    del parts[next(index for index, part in enumerate(parts) if kind(part) == wanted)]
    return joined(parts)


def without_kind(data, wanted):
    return joined([part for part in units(data) if kind(part) != wanted])


def from_second_picture(data):
    """Parameter sets, then everything behind the first IDR picture."""
    parts = units(data)
    first = next(index for index, part in enumerate(parts) if kind(part) == IDR)
    last = next(index for index, part in enumerate(parts) if index > first and kind(part) == SLICE)
    return joined([part for part in parts[:first] if kind(part) in (SPS, PPS)] + parts[last:])


def with_losses(data, share, seed):
    """Without some of the slices, by chance."""
    chance = random.Random(seed)
    return joined([p for p in units(data) if kind(p) not in (SLICE, IDR) or chance.random() >= share])


def with_turned_bits(data, count, seed):
    chance = random.Random(seed)
    result = bytearray(data)
    for _ in range(count):
        result[chance.randrange(200, len(result))] ^= 1 << chance.randrange(8)
    return bytes(result)


def with_swapped_slices(data):
    """Every two slices of one picture in the other order, as arbitrary slice order allows."""
    parts = units(data)
    index = 0
    while index + 1 < len(parts):
        both = parts[index : index + 2]
        # The first bit behind the header is 1 where first_mb_in_slice is 0.
        if all(kind(part) in (SLICE, IDR) for part in both) and both[0][1] & 128 and not both[1][1] & 128:
            parts[index : index + 2] = both[::-1]
            index += 1
        index += 1
    return joined(parts)


class Bits:
    """A writer of syntax elements."""

    def __init__(self):
        self.text = ""

    def u(self, value, count):
        self.text += format(value, f"0{count}b")

    def ue(self, value):
        code = format(value + 1, "b")
        self.text += "0" * (len(code) - 1) + code

    def align(self):
        self.text += "0" * (-len(self.text) % 8)

    def raw(self, data):
        self.text += "".join(format(byte, "08b") for byte in data)

    def unit(self, header):
        """The unit with trailing bits and emulation prevention (clause 7.4.1)."""
        self.text += "1"
        self.align()
        result, zeros = bytearray([header]), 0
        for start in range(0, len(self.text), 8):
            byte = int(self.text[start : start + 8], 2)
            if zeros >= 2 and byte <= 3:
                result.append(3)
                zeros = 0
            zeros = zeros + 1 if byte == 0 else 0
            result.append(byte)
        return bytes(result)


WIDE, FIELD_HIGH = 4, 2


def paff_parameters():
    sps = Bits()
    sps.raw([77, 0, 30])
    # id, log2_max_frame_num - 4, poc type 0, log2_max_poc_lsb - 4, reference frames
    for value in (0, 0, 0, 4, 2):
        sps.ue(value)
    sps.u(0, 1)
    sps.ue(WIDE - 1)
    sps.ue(FIELD_HIGH - 1)
    # Fields are allowed, macroblock by macroblock not; direct_8x8_inference; no cropping, no VUI.
    sps.u(0b00100, 5)
    pps = Bits()
    pps.ue(0)
    pps.ue(0)
    pps.u(0, 2)
    for value in (0, 0, 0):
        pps.ue(value)
    pps.u(0, 3)
    for value in (0, 0, 0):
        pps.ue(value)
    pps.u(0, 3)
    return [sps.unit(0x67), pps.unit(0x68)]


def paff_slice(number, field, is_intra, is_idr, shade):
    """One slice: of a field (0 top, 1 bottom) or, with `None`, of a frame."""
    bits = Bits()
    bits.ue(0)
    bits.ue(7 if is_intra else 5)
    bits.ue(0)
    bits.u(number % 16, 4)
    bits.u(0 if field is None else 1, 1)
    if field is not None:
        bits.u(field, 1)
    if is_idr:
        bits.ue(0)
    bits.u((2 * number + (field or 0)) % 256, 8)
    if not is_intra:
        bits.u(0, 2)  # no override of the number of references, no other order of them
    bits.u(0, 2 if is_idr else 1)
    bits.ue(0)
    count = WIDE * FIELD_HIGH * (2 if field is None else 1)
    if not is_intra:
        bits.ue(count)
    for block in range(count if is_intra else 0):
        bits.ue(25)
        bits.align()
        bits.raw([(shade + 8 * block) % 200 + 20] * 256 + [128] * 128)
    return bits.unit(0x65 if is_idr else 0x61)


def paff(pictures, only_fields=False, lost_field=None):
    """Pictures that are fields or frames: intra fields from PCM samples, all others copied."""
    parts = paff_parameters()
    for number in range(pictures):
        if number % 3 == 1 and not only_fields:
            parts.append(paff_slice(number, None, False, False, 0))
            continue
        is_intra = number % 6 == 0
        parts.append(paff_slice(number, 0, is_intra, number == 0, number * 5))
        if number != lost_field:
            parts.append(paff_slice(number, 1, is_intra and number > 0, False, number * 5 + 3))
    return joined(parts)
