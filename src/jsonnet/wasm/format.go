package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Wider fields than this are refused rather than filled.
const maxFormatWidth = 1 << 24

// formatArguments checks what std.format was called with, in the words of go-jsonnet.
func formatArguments(args []any) (string, []any, error) {
	text, ok := args[0].(string)
	if !ok {
		return "", nil, fmt.Errorf("Unexpected type %s", typeName(args[0]))
	}
	return text, args[1].([]any), nil
}

// formatKeys lists the keys that a format looks up in an object, in order.
func formatKeys(format string) (any, error) {
	directives, err := parseFormat(format)
	if err != nil {
		return nil, err
	}
	keys := []any{}
	for _, directive := range directives {
		if directive.conversion == 0 || directive.conversion == '%' {
			continue
		}
		if directive.key == nil {
			return nil, errors.New("Mapping keys required.")
		}
		keys = append(keys, *directive.key)
	}
	return keys, nil
}

// formatObject formats the values of the keys that formatKeys has listed.
func formatObject(format string, values []any) (string, error) {
	directives, err := parseFormat(format)
	if err != nil {
		return "", err
	}
	for _, directive := range directives {
		if directive.width.fromList {
			return "", errors.New("Cannot use * field width with object.")
		}
		if directive.precision.fromList {
			return "", errors.New("Cannot use * precision with object.")
		}
	}
	return formatValues(directives, valueList{values: values, byKey: true})
}

// formatArray formats a list of values: the operator % of Jsonnet, which is that of Python.
func formatArray(format string, values []any) (string, error) {
	directives, err := parseFormat(format)
	if err != nil {
		return "", err
	}
	return formatValues(directives, valueList{values: values})
}

func formatValues(directives []directive, list valueList) (string, error) {
	var out strings.Builder
	for i := range directives {
		directive := &directives[i]
		out.WriteString(directive.literal)
		if directive.conversion == 0 {
			break
		}
		text, err := list.format(directive)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	if list.used < len(list.values) {
		return "", fmt.Errorf("Too many values to format: %d, expected %d", len(list.values), list.used)
	}
	return out.String(), nil
}

type valueList struct {
	values []any
	used   int
	// Errors name the key of a value, not its position.
	byKey bool
}

func (l *valueList) format(directive *directive) (string, error) {
	width, err := l.size(directive.width)
	if err != nil {
		return "", err
	}
	precision, err := l.size(directive.precision)
	if err != nil {
		return "", err
	}
	if width.value > maxFormatWidth || precision.value > maxFormatWidth {
		return "", errors.New("the width of a format is too large")
	}
	if directive.conversion == '%' {
		return pad("%", directive.left, width.value), nil
	}
	position := l.used
	if position >= len(l.values) {
		return "", fmt.Errorf("Not enough values to format: %d, expected more than %d", len(l.values), position)
	}
	l.used++
	name := strconv.Itoa(position)
	if l.byKey {
		name = *directive.key
	}
	text, err := directive.render(l.values[position], width.value, precision, name)
	if err != nil {
		return "", err
	}
	return pad(text, directive.left, width.value), nil
}

func (l *valueList) size(wanted size) (size, error) {
	if !wanted.fromList {
		return wanted, nil
	}
	if l.used >= len(l.values) {
		return size{}, fmt.Errorf("Not enough values to format: %d, expected at least %d", len(l.values), l.used)
	}
	value, _ := l.values[l.used].(float64)
	l.used++
	return size{given: true, value: value}, nil
}

func (d *directive) render(value any, width float64, precision size, name string) (string, error) {
	switch d.conversion {
	case 's':
		return toString(value), nil
	case 'c':
		return renderChar(value)
	}
	number, ok := value.(float64)
	if !ok {
		return "", fmt.Errorf("Format required number at %s, got %s", name, typeName(value))
	}
	zeros := 0.0
	if d.zero && !d.left {
		zeros = width
	}
	return d.renderNumber(number, zeros, precision), nil
}

func renderChar(value any) (string, error) {
	switch char := value.(type) {
	case float64:
		return string(rune(int(char))), nil
	case string:
		if count := utf8.RuneCountInString(char); count != 1 {
			return "", fmt.Errorf("%%c expected 1-sized string got: %d", count)
		}
		return char, nil
	}
	return "", errors.New("%c expected number / string, got: " + typeName(value))
}

func pad(text string, left bool, width float64) string {
	missing := int(width) - utf8.RuneCountInString(text)
	if missing <= 0 {
		return text
	}
	if left {
		return text + strings.Repeat(" ", missing)
	}
	return strings.Repeat(" ", missing) + text
}
