package main

import (
	"math"
	"slices"
	"strings"
)

const (
	lowerDigits      = "0123456789abcdef"
	upperDigits      = "0123456789ABCDEF"
	defaultPrecision = 6
	// Below this power of ten 10^-n is no longer a number.
	leastExponent = -324
)

// renderNumber follows std.format of the reference implementation step by step, down to its rounding: results must be
// equal bit by bit. zeros is the width to be filled with zeros.
func (d *directive) renderNumber(number, zeros float64, precision size) string {
	precise := float64(defaultPrecision)
	least := 0.0
	if precision.given {
		precise, least = precision.value, precision.value
	}
	whole := math.Floor(math.Abs(number))
	switch d.conversion {
	case 'd':
		return d.integer(number <= -1, whole, zeros, least, 10, "")
	case 'o':
		prefix := ""
		if d.alternate {
			prefix = "0"
		}
		return d.integer(number <= -1, whole, zeros, least, 8, prefix)
	case 'x':
		return d.hexadecimal(math.Floor(number), zeros, least)
	case 'f':
		return d.decimal(number, zeros, true, precise)
	case 'e':
		return d.scientific(number, zeros, true, precise)
	}
	exponent := exponentOf(number)
	if exponent < -4 || exponent >= precise {
		return d.scientific(number, zeros, d.alternate, precise-1)
	}
	return d.decimal(number, zeros, d.alternate, precise-math.Max(1, exponent+1))
}

func exponentOf(number float64) float64 {
	if number == 0 {
		return 0
	}
	return math.Floor(math.Log(math.Abs(number)) / math.Log(10))
}

func (d *directive) integer(negative bool, magnitude, width, least, radix float64, prefix string) string {
	digits := "0"
	if magnitude != 0 {
		digits = prefix + digitsOf(magnitude, radix, lowerDigits)
	}
	return d.signed(negative, "", digits, width, least)
}

func (d *directive) hexadecimal(number, width, least float64) string {
	numerals, prefix := lowerDigits, "0x"
	if d.capitals {
		numerals, prefix = upperDigits, "0X"
	}
	digits := "0"
	if magnitude := math.Floor(math.Abs(number)); magnitude != 0 {
		digits = digitsOf(magnitude, 16, numerals)
	}
	if !d.alternate {
		prefix = ""
	}
	return d.signed(number < 0, prefix, digits, width-float64(len(prefix)), least)
}

// signed puts the sign and zeros before digits.
func (d *directive) signed(negative bool, prefix, digits string, width, least float64) string {
	sign := ""
	switch {
	case negative:
		sign = "-"
	case d.plus:
		sign = "+"
	case d.blank:
		sign = " "
	}
	zeros := math.Max(width-float64(len(sign)), least) - float64(len(digits))
	return sign + prefix + strings.Repeat("0", int(math.Ceil(math.Max(zeros, 0)))) + digits
}

func (d *directive) decimal(number, zeros float64, trailing bool, precision float64) string {
	scale := math.Pow(10, precision)
	scaled := math.Abs(number)*scale + 0.5
	whole := 0.0
	if number != 0 {
		whole = math.Floor(scaled / scale)
	}
	fraction := math.Mod(math.Floor(scaled), scale)
	point := 1.0
	if precision == 0 && !d.alternate {
		point = 0
	}
	text := d.integer(number < 0, whole, zeros-precision-point, 0, 10, "")
	switch {
	case precision == 0 && d.alternate:
		return text + "."
	case precision == 0 || !trailing && fraction <= 0:
		return text
	}
	unsigned := directive{}
	digits := unsigned.integer(false, fraction, precision, 0, 10, "")
	if !trailing {
		digits = strings.TrimRight(digits, "0")
	}
	return text + "." + digits
}

func (d *directive) scientific(number, zeros float64, trailing bool, precision float64) string {
	exponent := exponentOf(number)
	signed := directive{plus: true}
	letter := "e"
	if d.capitals {
		letter = "E"
	}
	suffix := letter + signed.integer(exponent < 0, math.Abs(exponent), 3, 0, 10, "")
	mantissa := number / math.Pow(10, exponent)
	if exponent == leastExponent {
		mantissa = number * 10 / math.Pow(10, exponent+1)
	}
	return d.decimal(mantissa, zeros-float64(len(suffix)), trailing, precision) + suffix
}

// digitsOf gives the empty text for 0. A fraction appears only with nonsensical precisions (%.0g): the last digit is then
// printed as the number that it is, as in the reference implementation.
func digitsOf(number, radix float64, numerals string) string {
	if number != math.Floor(number) {
		return digitsOf(math.Floor(number/radix), radix, numerals) + numberText(math.Mod(number, radix))
	}
	var reversed []byte
	for ; number != 0; number = math.Floor(number / radix) {
		reversed = append(reversed, numerals[int(math.Mod(number, radix))])
	}
	slices.Reverse(reversed)
	return string(reversed)
}
