package chattest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is an error of the API: https://google.aip.dev/193 .
type apiError struct {
	code    int
	status  string
	message string
	details []any
}

// Errors that the API gives to damaged URLs.
var (
	unregistered = apiError{
		http.StatusForbidden, "PERMISSION_DENIED",
		"Method doesn't allow unregistered callers (callers without established identity). " +
			"Please use API Key or other form of API consumer identity to call this API.", nil,
	}
	withoutToken = apiError{
		http.StatusForbidden, "PERMISSION_DENIED",
		"The request was made without a valid token.", nil,
	}
	keyInvalid = apiError{
		http.StatusBadRequest, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
		[]any{map[string]any{
			"@type":    "type.googleapis.com/google.rpc.ErrorInfo",
			"reason":   "API_KEY_INVALID",
			"domain":   "googleapis.com",
			"metadata": map[string]any{"service": "chat.googleapis.com"},
		}},
	}
)

// badRequest is the refusal of one field.
func badRequest(field, description string) apiError {
	return apiError{
		http.StatusBadRequest, "INVALID_ARGUMENT", description,
		[]any{map[string]any{
			"@type":           "type.googleapis.com/google.rpc.BadRequest",
			"fieldViolations": []any{map[string]any{"field": field, "description": description}},
		}},
	}
}

// badQuery is the refusal of a query parameter that the method does not have:
// the field is empty and the description names it.
func badQuery(name string) apiError {
	description := fmt.Sprintf(
		"Invalid JSON payload received. Unknown name %q: Cannot bind query parameter. Field '%s' could not be found in request message.",
		name, name)
	return apiError{
		http.StatusBadRequest, "INVALID_ARGUMENT", description,
		[]any{map[string]any{
			"@type":           "type.googleapis.com/google.rpc.BadRequest",
			"fieldViolations": []any{map[string]any{"description": description}},
		}},
	}
}

// write answers with e.
func (e apiError) write(w http.ResponseWriter) {
	content := map[string]any{"code": e.code, "message": e.message, "status": e.status}
	if len(e.details) > 0 {
		content["details"] = e.details
	}
	writeJSON(w, e.code, map[string]any{"error": content})
}

// writeJSON answers in the form of the service: indented.
func writeJSON(w http.ResponseWriter, code int, content any) {
	out, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("chattest: encode an answer: %v", err))
	}
	w.Header().Set("Content-Type", typeJSON)
	w.Header().Set("Server", "ESF")
	w.WriteHeader(code)
	_, _ = w.Write(append(out, '\n'))
}

// The content types of answers.
const (
	typeJSON = "application/json; charset=UTF-8"
	typePage = "text/html; charset=UTF-8"
)

// rawAnswer is an answer that is not made by the API.
type rawAnswer struct {
	code        int
	contentType string
	body        string
}

// write answers with a.
func (a rawAnswer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.code)
	_, _ = w.Write([]byte(a.body))
}

// page is an HTML page, as the front end shows outside the API.
func page(code int) string {
	return fmt.Sprintf("<!DOCTYPE html>\n<html lang=en>\n<title>Error %d (%s)</title>\n<p>That's an error.\n</html>\n",
		code, http.StatusText(code))
}

// writePage answers with an HTML page.
func writePage(w http.ResponseWriter, code int) { rawAnswer{code, typePage, page(code)}.write(w) }
