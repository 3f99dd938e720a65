package main

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// toString is std.toString: strings as they are, everything else as JSON on one line.
func toString(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	var out strings.Builder
	writeValue(&out, value)
	return out.String()
}

func writeValue(out *strings.Builder, value any) {
	switch value := value.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(value))
	case float64:
		out.WriteString(numberText(value))
	case string:
		writeQuoted(out, value)
	case []any:
		if len(value) == 0 {
			out.WriteString("[ ]")
			return
		}
		for i, element := range value {
			out.WriteString(separator(i, "["))
			writeValue(out, element)
		}
		out.WriteByte(']')
	case map[string]any:
		if len(value) == 0 {
			out.WriteString("{ }")
			return
		}
		keys := make([]string, 0, len(value))
		for key := range value {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for i, key := range keys {
			out.WriteString(separator(i, "{"))
			writeQuoted(out, key)
			out.WriteString(": ")
			writeValue(out, value[key])
		}
		out.WriteByte('}')
	}
}

func separator(position int, opening string) string {
	if position == 0 {
		return opening
	}
	return ", "
}

// numberText: 17 digits are enough to tell any two numbers apart.
func numberText(number float64) string {
	if number == math.Floor(number) {
		return fmt.Sprintf("%.0f", number)
	}
	return fmt.Sprintf("%.17g", number)
}

var escapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

func writeQuoted(out *strings.Builder, text string) {
	out.WriteByte('"')
	for _, char := range text {
		escape, special := escapes[char]
		switch {
		case special:
			out.WriteString(escape)
		case char < 0x20 || char >= 0x7f && char <= 0x9f:
			fmt.Fprintf(out, `\u%04x`, char)
		default:
			out.WriteRune(char)
		}
	}
	out.WriteByte('"')
}

func typeName(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}
