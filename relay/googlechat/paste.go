package googlechat

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"vastrelay/relay"
)

// What wraps or escapes a URL on its way out of documents, configuration files
// and shells.
var (
	entityForm    = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});`)
	hexEscape     = regexp.MustCompile(`\\(?:u00|x)([0-9A-Fa-f]{2})`)
	shellEscape   = regexp.MustCompile(`\\([^A-Za-z0-9\s])`)
	continuation  = regexp.MustCompile(`\\[ \t]*\r?\n`)
	markdownLink  = regexp.MustCompile(`^!?\[.*\]\(\s*([^()\s]+)\s*(?:"[^"]*")?\)$`)
	labelledLink  = regexp.MustCompile(`^([^|\s]+://[^|\s]+)\|.*$`)
	encodedScheme = regexp.MustCompile(`^(?i:https?)%(?:25)*3[Aa]%(?:25)*2[Ff]`)
	percentEscape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	cmdEscape     = regexp.MustCompile(`\^([&?=%^])`)
	batchEscape   = regexp.MustCompile(`%(%[0-9A-Fa-f]{2})`)
	quotedKey     = regexp.MustCompile(`([?&]key)=3[Dd]`)
	quotedToken   = regexp.MustCompile(`([?&]token)=3[Dd]`)
	// valueForm is what keys and tokens consist of.
	valueForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)
)

const (
	// framing is what can stand around a URL and never begins or ends one.
	framing = " \"'`“”‘’«»„‚<>()[]{}|*,;:!\\"
	// ending is what, beside it, never ends one.
	ending = framing + ".?&#"
	// maxEscapes bounds how often a text can have been escaped on its way.
	maxEscapes = 4
)

// cleanPaste removes what clipboards, mail programs, documents and shells add
// around and inside a URL. cutOff says that it ends in an ellipsis, which stands
// for the rest.
func cleanPaste(pasted string) (cleaned string, cutOff bool, refusal *URLError) {
	if len(pasted) > maxPasteBytes {
		return "", false, urlError(URLReasonTooLong)
	}
	// Escapes are undone here too, before CleanPaste: the semicolon that it takes for
	// the end of a value can be the end of an HTML entity.
	s := continuation.ReplaceAllString(relay.CleanPaste(undoEscapes(relay.CleanText(pasted))), "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\u00a0':
			return ' '
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			// Line wraps and zero-width characters fall inside URLs.
			return -1
		default:
			return r
		}
	}, s)
	s = strings.Trim(undoEscapes(s), " ")
	if match := markdownLink.FindStringSubmatch(strings.Trim(s, " *_")); match != nil {
		s = match[1]
	}
	s = strings.TrimLeft(s, framing)
	if match := labelledLink.FindStringSubmatch(s); match != nil {
		s = match[1]
	}
	s = strings.TrimRight(s, framing)
	cutOff = strings.HasSuffix(s, "...") || strings.HasSuffix(s, "…")
	s = strings.TrimRight(s, ending+"…")
	switch {
	case s == "":
		return "", false, urlError(URLReasonEmpty)
	case strings.Count(s, "://") > 1:
		return "", false, urlError(URLReasonSeveral)
	case strings.ContainsRune(s, ' '), strings.Index(s, "https://"+vendorHost) > 0:
		return "", false, urlError(URLReasonOtherText)
	default:
		return s, cutOff, nil
	}
}

// undoEscapes undoes the escapes of HTML, JSON, shells and mail, and those of a URL
// that was made a parameter of another.
func undoEscapes(s string) string {
	for range maxEscapes {
		before := s
		s = entityForm.ReplaceAllStringFunc(s, html.UnescapeString)
		s = hexEscape.ReplaceAllStringFunc(s, func(escape string) string {
			code, _ := strconv.ParseUint(escape[len(escape)-2:], 16, 8) // The form holds two digits.
			if code <= ' ' || code >= 0x7f {
				return ""
			}
			return string(rune(code))
		})
		s = shellEscape.ReplaceAllString(s, "$1")
		s = batchEscape.ReplaceAllString(cmdEscape.ReplaceAllString(s, "$1"), "$1")
		if quotedKey.MatchString(s) && quotedToken.MatchString(s) {
			// Quoted-printable. Where it stands before one value alone, it is that value's.
			s = quotedToken.ReplaceAllString(quotedKey.ReplaceAllString(s, "$1="), "$1=")
		}
		if encodedScheme.MatchString(s) {
			if decoded, err := url.PathUnescape(s); err == nil {
				s = decoded
			}
		}
		if s == before {
			break
		}
	}
	return s
}

// cleanValue returns the value of a parameter without invisible characters and
// without what can stand around a URL. It decodes the value as often as it was
// encoded: no key or token holds a percent sign.
func cleanValue(value string) string {
	for range maxEscapes {
		if !percentEscape.MatchString(value) {
			break
		}
		decoded, err := url.PathUnescape(value)
		if err != nil {
			break
		}
		value = decoded
	}
	invisible := func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}
	return strings.TrimRight(strings.Map(invisible, value), ending)
}
