package main

import (
	"errors"
	"fmt"
	"strings"
)

// directive is literal text followed by one conversion such as %(key)-08.3f; the last one of a format has no conversion.
type directive struct {
	literal    string
	conversion byte
	capitals   bool
	key        *string
	alternate  bool
	zero       bool
	left       bool
	blank      bool
	plus       bool
	width      size
	precision  size
}

// size is a field width or precision: absent, a number, or * (taken from the values).
type size struct {
	given    bool
	fromList bool
	value    float64
}

var errTruncated = errors.New("Truncated format code.")

// Formats are few and used often; the cache is emptied when it has grown beyond this.
const formatCacheLimit = 4096

var formatCache = map[string][]directive{}

func parseFormat(format string) ([]directive, error) {
	if cached, known := formatCache[format]; known {
		return cached, nil
	}
	parser := formatParser{text: []rune(format)}
	directives, err := parser.parse()
	if err != nil {
		return nil, err
	}
	if len(formatCache) >= formatCacheLimit {
		clear(formatCache)
	}
	formatCache[format] = directives
	return directives, nil
}

type formatParser struct {
	text []rune
	next int
}

func (p *formatParser) parse() ([]directive, error) {
	var directives []directive
	var literal strings.Builder
	for p.next < len(p.text) {
		char := p.text[p.next]
		p.next++
		if char != '%' {
			literal.WriteRune(char)
			continue
		}
		found := directive{literal: literal.String()}
		if err := p.conversion(&found); err != nil {
			return nil, err
		}
		directives = append(directives, found)
		literal.Reset()
	}
	return append(directives, directive{literal: literal.String()}), nil
}

// conversion reads what follows the percent sign, in this order: key, flags, width, precision, length, letter.
func (p *formatParser) conversion(into *directive) error {
	if err := p.key(into); err != nil {
		return err
	}
	if err := p.flags(into); err != nil {
		return err
	}
	var err error
	if into.width, err = p.size(); err != nil {
		return err
	}
	into.width.given = true
	if char, err := p.peek(); err != nil {
		return err
	} else if char == '.' {
		p.next++
		if into.precision, err = p.size(); err != nil {
			return err
		}
		into.precision.given = true
	}
	if char, err := p.peek(); err != nil {
		return err
	} else if char == 'h' || char == 'l' || char == 'L' {
		p.next++
	}
	char, err := p.peek()
	if err != nil {
		return err
	}
	p.next++
	return into.setLetter(char)
}

func (d *directive) setLetter(letter rune) error {
	switch letter {
	case 'd', 'i', 'u':
		d.conversion = 'd'
	case 'o', 'x', 'e', 'f', 'g', 'c', 's', '%':
		d.conversion = byte(letter)
	case 'X', 'E', 'F', 'G':
		d.conversion = byte(letter) - 'A' + 'a'
		d.capitals = true
	default:
		return fmt.Errorf("Unrecognised conversion type: %c", letter)
	}
	return nil
}

func (p *formatParser) peek() (rune, error) {
	if p.next >= len(p.text) {
		return 0, errTruncated
	}
	return p.text[p.next], nil
}

func (p *formatParser) key(into *directive) error {
	if char, err := p.peek(); err != nil || char != '(' {
		return err
	}
	p.next++
	start := p.next
	for {
		char, err := p.peek()
		if err != nil {
			return err
		}
		p.next++
		if char == ')' {
			key := string(p.text[start : p.next-1])
			into.key = &key
			return nil
		}
	}
}

func (p *formatParser) flags(into *directive) error {
	for {
		char, err := p.peek()
		if err != nil {
			return err
		}
		switch char {
		case '#':
			into.alternate = true
		case '0':
			into.zero = true
		case '-':
			into.left = true
		case ' ':
			into.blank = true
		case '+':
			into.plus = true
		default:
			return nil
		}
		p.next++
	}
}

func (p *formatParser) size() (size, error) {
	if char, err := p.peek(); err == nil && char == '*' {
		p.next++
		return size{fromList: true}, nil
	}
	var found size
	for {
		char, err := p.peek()
		if err != nil {
			return size{}, err
		}
		if char < '0' || char > '9' {
			return found, nil
		}
		found.value = found.value*10 + float64(char-'0')
		p.next++
	}
}
