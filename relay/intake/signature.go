package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a delivery.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
const (
	headerSignature = "X-Vast-Signature-256"
	headerTimestamp = "X-Vast-Timestamp"
	headerEventID   = "X-Vast-Event-Id"
	headerAttempt   = "X-Vast-Delivery-Attempt"
)

// signaturePrefix names the algorithm in the signature header.
const signaturePrefix = "sha256="

// maxTimestampDigits keeps the timestamp within an int64 with room to spare;
// twelve digits last until the year 33658.
const maxTimestampDigits = 12

var (
	errHeaderMissing   = errors.New("the header is missing")
	errHeaderMalformed = errors.New("the header is malformed")
)

// signature is a decoded HMAC-SHA256.
type signature [sha256.Size]byte

// onlyValue returns the value of the header name. A header that is given twice
// is malformed: which of the two was signed is anyone's guess.
func onlyValue(h http.Header, name string) (string, error) {
	switch values := h.Values(name); len(values) {
	case 0:
		return "", errHeaderMissing
	case 1:
		return values[0], nil
	default:
		return "", errHeaderMalformed
	}
}

// parseSignature decodes "sha256=" and exactly 64 hex digits. Vast.ai sends
// lower-case digits; upper-case ones are accepted too, because they name the
// same bytes and a refusal would lose the event for good. The prefix is taken
// as documented, without spaces or other case.
func parseSignature(value string) (signature, error) {
	digits, ok := strings.CutPrefix(value, signaturePrefix)
	if !ok || len(digits) != hex.EncodedLen(sha256.Size) {
		return signature{}, errHeaderMalformed
	}
	var s signature
	if _, err := hex.Decode(s[:], []byte(digits)); err != nil {
		return signature{}, errHeaderMalformed
	}
	return s, nil
}

// parseTimestamp reads whole Unix seconds: one to twelve ASCII digits, with no
// sign, space or fraction.
func parseTimestamp(value string) (time.Time, error) {
	if len(value) == 0 || len(value) > maxTimestampDigits {
		return time.Time{}, errHeaderMalformed
	}
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return time.Time{}, errHeaderMalformed
		}
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}, errHeaderMalformed
	}
	return time.Unix(seconds, 0), nil
}
