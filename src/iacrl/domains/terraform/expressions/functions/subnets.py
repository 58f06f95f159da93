"""Arithmetic with IP networks."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

from iacrl.domains.terraform.cty import values
from iacrl.domains.terraform.cty.values import Value, whole
from iacrl.domains.terraform.expressions.functions.arguments import CallError, integer, strings

_LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")


class _Network(NamedTuple):
    """A network: the number of its first address, and how many bits its prefix and its addresses have."""

    first: int
    prefix: int
    bits: int

    def address(self, number: int) -> str:
        return str(ipaddress.IPv4Address(number) if self.bits == 32 else ipaddress.IPv6Address(number))

    def __str__(self) -> str:
        return f"{self.address(self.first)}/{self.prefix}"


def _parse(text: str, argument: int | None = None) -> _Network:
    address, slash, mask = text.partition("/")
    try:
        if not slash or not mask.isascii() or not mask.isdigit() or "%" in address:
            raise ValueError
        if ":" in address:
            number, bits = int(ipaddress.IPv6Address(address)), 128
        else:
            # Terraform reads leading zeros as decimal, as Go once did.
            number, bits = int(ipaddress.IPv4Address(_LEADING_ZEROS.sub("", address))), 32
        prefix = int(mask[:9])
        if prefix > bits:
            raise ValueError
    except ValueError:
        raise CallError(f"invalid CIDR expression: invalid CIDR address: {text}", argument) from None
    return _Network(number >> (bits - prefix) << (bits - prefix), prefix, bits)


def _whole(value: Value) -> int:
    number = whole(value.data)
    if number is None:
        raise CallError("value must be a whole number")
    return number


def _cidrhost(prefix: Value, host: Value) -> Value:
    number = _whole(host)
    network = _parse(prefix.data)
    size = 1 << (network.bits - network.prefix)
    if not -size <= number < size:
        raise CallError(f"prefix of {network.prefix} does not accommodate a host numbered {number}")
    return values.string(network.address(network.first + number % size))


def _cidrnetmask(value: Value) -> Value:
    network = _parse(value.data)
    if network.bits != 32:
        raise CallError(f"IPv6 addresses cannot have a netmask: {value.data}")
    return values.string(network.address((1 << 32) - (1 << (32 - network.prefix))))


def _cidrsubnet(outer: Value, bits: Value, index: Value) -> Value:
    extension = integer(bits)
    number = _whole(index)
    network = _parse(outer.data)
    prefix = network.prefix + extension
    if prefix > network.bits:
        raise CallError(f"insufficient address space to extend prefix of {network.prefix} by {extension}")
    if extension < 0 or number < 0:
        # Terraform computes something meaningless here instead of reporting an error.
        return values.unknown(outer.type, not_null=True)
    if number >= 1 << extension:
        raise CallError(f"prefix extension of {extension} does not accommodate a subnet numbered {number}")
    return values.string(str(_Network(network.first + (number << (network.bits - prefix)), prefix, network.bits)))


def _cidrsubnets(outer: Value, *extensions: Value) -> Value:
    network = _parse(outer.data, 0)
    free, end = network.first, network.first + (1 << (network.bits - network.prefix))
    made: list[str] = []
    for position, value in enumerate(extensions, start=1):
        extension = integer(value, position)
        if extension < 1:
            raise CallError("must extend prefix by at least one bit", position)
        if extension > 32:
            raise CallError("may not extend prefix by more than 32 bits", position)
        prefix = network.prefix + extension
        if prefix > network.bits:
            protocol = "IPv4" if network.bits == 32 else "IPv6"
            raise CallError(
                f"would extend prefix to {prefix} bits, which is too long for an {protocol} address", position
            )
        size = 1 << (network.bits - prefix)
        first = -(-free // size) * size
        if first + size > end:
            raise CallError(
                f"not enough remaining address space for a subnet with a prefix of {prefix} bits after {made[-1]}",
                position,
            )
        made.append(str(_Network(first, prefix, network.bits)))
        free = first + size
    return strings(made)
