package relay

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// WithoutMark returns body without a byte order mark and in UTF-8. A body without
// a mark is returned as it is.
func WithoutMark(body []byte) []byte {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return body[3:]
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		return fromUTF16(body[2:], binary.LittleEndian)
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		return fromUTF16(body[2:], binary.BigEndian)
	default:
		return body
	}
}

func fromUTF16(b []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) > 1; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// notNumbers are the words that encoders write for numbers that JSON does not
// have, in lower case and without a sign; the longest first.
var notNumbers = [][]byte{[]byte("infinity"), []byte("nan"), []byte("inf")}

// FiniteNumbers replaces NaN and infinities, which encoders write although JSON
// has no such numbers, with null. Strings stay as they are. changed is false when
// there is none.
func FiniteNumbers(text []byte) (finite []byte, changed bool) {
	for i := 0; i < len(text); {
		size := 1
		switch {
		case text[i] == '"':
			size = stringSize(text[i:])
		case i == 0 || !isWord(text[i-1]):
			if size = notNumberSize(text[i:]); size > 0 {
				finite = append(finite, "null"...)
				i += size
				changed = true
				continue
			}
			size = 1
		}
		finite = append(finite, text[i:i+size]...)
		i += size
	}
	return finite, changed
}

// stringSize returns the length of the JSON string that text begins with.
func stringSize(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// notNumberSize returns the length of the NaN or infinity that text begins with; 0
// when it begins with anything else.
func notNumberSize(text []byte) int {
	sign := 0
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		sign = 1
	}
	for _, word := range notNumbers {
		end := sign + len(word)
		if len(text) >= end && bytes.EqualFold(text[sign:end], word) && (len(text) == end || !isWord(text[end])) {
			return end
		}
	}
	return 0
}

// isWord reports whether b can be part of a word or a number.
func isWord(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_' || b == '.' || b == '+' || b == '-' || b >= 0x80
}
