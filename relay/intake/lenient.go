package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
)

// unreadableTitle is the subject of a delivery that cannot be read.
const unreadableTitle = "Unreadable delivery"

// unreadableReason says to a person why text is not a JSON object.
func unreadableReason(text []byte, err error) string {
	syntax, _ := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return "Its body is empty."
	case errors.Is(err, errNotObject):
		return "Its body is JSON, but not an object."
	case errors.Is(err, errMore):
		return "Its body has something after the JSON object."
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "Its body is JSON that breaks off."
	case syntax != nil:
		return fmt.Sprintf("Its body is not JSON, from byte %d on.", syntax.ByteOffset)
	default:
		return "Its body is not JSON."
	}
}

// withoutMark returns body without a byte order mark, in UTF-8.
func withoutMark(body []byte) []byte {
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

// finiteNumbers replaces NaN and infinities outside of strings with null. changed
// is false when there are none.
func finiteNumbers(text []byte) (finite []byte, changed bool) {
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
