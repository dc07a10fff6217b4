package diagnostics

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vastrelay/app/datadir"
)

// How much of the log a report holds.
const (
	logLines = 200
	logTail  = 256 << 10 // bytes that are looked at for them
)

// logPage holds the last lines of the log, with what is in them by allow-list.
func logPage(folder string) string {
	if folder == "" {
		return ""
	}
	var lines [][]byte
	for i, path := range logFiles(folder) {
		content, err := tail(path, logTail)
		if err != nil && i == 0 {
			return "The log could not be read: " + causes(err.Error()) + "\n"
		}
		if content = bytes.TrimRight(content, "\n"); len(content) > 0 {
			lines = append(bytes.Split(content, []byte("\n")), lines...)
		}
		if len(lines) >= logLines { // else the log was replaced a short while ago
			break
		}
	}
	lines = lines[max(0, len(lines)-logLines):]
	var b strings.Builder
	for _, line := range lines {
		if text := logLine(string(line)); text != "" {
			b.WriteString(text)
			b.WriteByte('\n')
		}
	}
	if b.Len() == 0 {
		return "The log is empty.\n"
	}
	return b.String()
}

// earlierLog is the name of a log that was replaced. Names of later ones sort behind.
var earlierLog = compiled(`^vastrelay-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$`)

// logFiles are the paths of the log in folder and of those that it has replaced,
// newest first.
func logFiles(folder string) []string {
	paths := []string{filepath.Join(folder, "vastrelay.log")}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return paths // what is wrong with the folder is said of the first
	}
	for _, entry := range slices.Backward(entries) { // which are sorted by name
		if earlierLog().MatchString(entry.Name()) {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	return paths
}

// tail returns the last bytes of the file at path, from the beginning of a line on.
func tail(path string, most int64) (content []byte, err error) {
	f, err := datadir.OpenFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, info.Size()-most)
	content, err = io.ReadAll(io.NewSectionReader(f, from, most))
	if err != nil {
		return nil, err
	}
	if from > 0 {
		_, content, _ = bytes.Cut(content, []byte("\n"))
	}
	return content, nil
}

// left stands for a value that is not on the allow-list.
const left = "[left out]"

// What the value of a key of the log may be for it to be shown.
var (
	word     = compiled(`^[a-zA-Z][a-zA-Z0-9_]{0,39}$`)
	wordList = compiled(`^[a-z0-9_]{1,40}([ ,:=]{1,2}[a-z0-9_]{1,40}){0,12}$`)
	number   = compiled(`^-?[0-9]{1,18}(\.[0-9]{1,9})?$`)
	duration = compiled(`^-?([0-9]{1,9}(\.[0-9]{1,9})?(ns|µs|ms|s|m|h)){1,4}$`)
	truth    = compiled(`^(true|false)$`)
	version  = compiled(`^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}(-[a-z]{1,8})?( \([0-9a-f]{0,12}(, )?[0-9-]{0,10}\))?$`)
	variable = compiled(`^\[?([A-Z_]{1,40} ?){0,20}\]?$`)
)

// logKeys are the keys of the log whose values are shown, where they have the form
// that the program gives them. Messages of the program are constants, which the
// linter holds.
var logKeys = map[string]pattern{
	"attempt": number, "status": number, "relayed": number, "left": number, "payloads": number, "events": number,
	"recovered": number, "closed": number, "pid": number, "bytes": number, "count": number, "rows": number, "posts": number,
	"outcome": word, "reason": word, "code": word, "phase": word, "state": word, "before": word, "now": word,
	"kind": word, "part": word, "severity": word, "role": word, "command": word, "cause": word, "class": word, "op": wordList,
	"codes": wordList,
	"took":  duration, "limit": duration, "pause": duration, "wait": duration,
	"restored": truth, "incomplete": truth, "headless": truth, "demo": truth, "hidden": truth, "keep": truth,
	"version": version, "overrides": variable, "at": logTime,
}

var (
	logTime    = compiled(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`)
	logLevel   = compiled(`^(DEBUG|INFO|WARN|ERROR)([+-]\d{1,3})?$`)
	logMessage = compiled(`^[a-zA-Z][a-zA-Z ,;:'.-]{0,119}$`)
)

// logLine returns what a report shows of one line of the log; empty for an empty
// line.
func logLine(line string) string {
	if strings.TrimSpace(line) == "" {
		return ""
	}
	pairs, ok := parseLine(line)
	if !ok || len(pairs) < 3 || pairs[0].key != "time" || pairs[1].key != "level" || pairs[2].key != "msg" {
		return left
	}
	at, level, message := pairs[0].value, pairs[1].value, pairs[2].value
	if !logTime().MatchString(at) || !logLevel().MatchString(level) {
		return left
	}
	if !logMessage().MatchString(message) {
		message = left
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %-5s %s", at, level, message)
	hidden := 0
	for _, p := range pairs[3:] {
		value, ok := shownValue(p.key, p.value)
		if !ok {
			hidden++
			continue
		}
		b.WriteString(" " + p.key + "=" + value)
	}
	if hidden > 0 {
		fmt.Fprintf(&b, " [%d left out]", hidden)
	}
	return b.String()
}

// shownValue is what a report shows of a value of that key; ok is false for nothing.
func shownValue(key, value string) (shown string, ok bool) {
	if key == "err" {
		return causes(value), true
	}
	allowed, ok := logKeys[key]
	return value, ok && allowed().MatchString(value)
}

// pair is a key with its value.
type pair struct{ key, value string }

// parseLine reads a line that slog.TextHandler has written; ok is false for any
// other.
func parseLine(line string) (pairs []pair, ok bool) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " ") {
		key, rest, found := strings.Cut(line, "=")
		if !found || strings.ContainsAny(key, " \"") {
			return nil, false
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, false
			}
			if value, err = strconv.Unquote(quoted); err != nil {
				return nil, false
			}
			line = rest[len(quoted):]
		} else {
			value, line, _ = strings.Cut(rest, " ")
		}
		pairs = append(pairs, pair{key, value})
	}
	return pairs, true
}

// knownCauses are what is told of an error: words that systems and libraries have for
// what went wrong. The rest of an error can hold anything.
var knownCauses = []string{
	"connection refused", "connection reset", "broken pipe", "network is unreachable", "no route to host", "no such host",
	"server misbehaving", "i/o timeout", "context deadline exceeded", "context canceled", "TLS handshake timeout", "unexpected EOF", "EOF",
	"certificate signed by unknown authority", "certificate has expired", "x509", "proxyconnect", "too many open files",
	"no space left on device", "permission denied", "read-only file system", "file exists", "no such file or directory", "input/output error",
	// The same of Windows, which Go asks for them in English.
	"cannot find the file specified", "File not found", "cannot find the path specified", "Access is denied", "not enough space on the disk", "being used by another process",
	"Cannot create a file when that file already exists", "actively refused it", "forcibly closed by the remote host", "did not properly respond after a period of time",
	"unreachable network", "unreachable host", "aborted by the software in your host machine", "pipe is being closed",
	"database disk image is malformed", "database is locked", "file is not a database", "disk quota exceeded", "is a directory",
	"invalid memory address or nil pointer dereference", "index out of range", "slice bounds out of range", "concurrent map",
	"all goroutines are asleep", "out of memory", "stack overflow", "assignment to entry in nil map", "close of closed channel",
	"send on closed channel", "interface conversion", "integer divide by zero", "SIGSEGV", "SIGABRT", "SIGBUS",
	"webhook_gone", "key_refused", "server_trouble", "rate_limited", "content_refused",
	"NOT_FOUND", "PERMISSION_DENIED", "INVALID_ARGUMENT", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED", "FAILED_PRECONDITION",
}

var codePattern = compiled(`\bHTTP [1-5]\d\d\b|\bERR_NGROK_\d{1,5}\b|\bexit status \d{1,3}\b|\bsignal: [a-z]{1,12}\b`)

// causes returns what is known of an error from its text: "HTTP 404, NOT_FOUND".
func causes(text string) string {
	found := codePattern().FindAllString(text, 4)
	for _, cause := range knownCauses {
		if containsWord(text, cause) && !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, cause) }) {
			found = append(found, cause)
		}
	}
	if len(found) == 0 {
		return left
	}
	return "[" + strings.Join(found, ", ") + "]"
}

// containsWord reports whether part stands in text, and not within another word.
func containsWord(text, part string) bool {
	for rest := text; ; {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		end := i + len(part)
		if (i == 0 || !isWord(rest[i-1])) && (end == len(rest) || !isWord(rest[end])) {
			return true
		}
		rest = rest[end:]
	}
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// crashLines is how many lines of the last crash a report holds, and crashTail in how
// many bytes its beginning is looked for: a crash can list every goroutine.
const (
	crashLines = 150
	crashTail  = 2 << 20
)

var (
	// crashHead begins the report of a crash: of the program itself, of a signal, as
	// libraries in C are ended by, or of an exception of Windows.
	crashHead   = compiled(`^(?:panic: |fatal error: |SIG[A-Z0-9]{2,8}: |Exception 0x[0-9a-f]{1,16} )`)
	crashSignal = compiled(`^\[?(?:signal )?(SIG[A-Z0-9]{2,8}): |^(Exception 0x[0-9a-f]{1,16})\b`)
	stackCall   = compiled(`^((?:created by )?[A-Za-z0-9_./\-]+\.[A-Za-z0-9_.()*\[\]…·-]+?)(?:\(.*\)?| in goroutine \d+)?$`)
	stackFile   = compiled(`^\t(?:.*[/\\])?([A-Za-z0-9_.-]+\.(?:go|s|c)):(\d+)`)
	stackHead   = compiled(`^goroutine \d+`)
)

// crashPage holds the last crash: what kind of end it was, and the functions that
// were running. Of a message only what is known is shown, of files their own names.
func crashPage(folder string) string {
	if folder == "" {
		return ""
	}
	content, err := tail(filepath.Join(folder, "crash.log"), crashTail)
	if none(content, err) { // a large file is put aside with the crash that made it so
		content, err = tail(filepath.Join(folder, "crash-earlier.log"), crashTail)
	}
	switch {
	case none(content, err):
		return ""
	case err != nil:
		return "The file of crashes could not be read: " + causes(err.Error()) + "\n"
	}
	lines := strings.Split(string(content), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if crashHead().MatchString(lines[i]) {
			lines = lines[i:]
			break
		}
	}
	var b strings.Builder
	for _, line := range lines[:min(len(lines), crashLines)] {
		if text := stackLine(line); text != "" {
			b.WriteString(text + "\n")
		}
	}
	return b.String()
}

// none reports whether a file that was read is not there or holds nothing.
func none(content []byte, err error) bool {
	return errors.Is(err, fs.ErrNotExist) || err == nil && len(bytes.TrimSpace(content)) == 0
}

// stackLine returns what a report shows of a line of a crash.
func stackLine(line string) string {
	line = strings.TrimRight(line, "\r")
	if file := stackFile().FindStringSubmatch(line); file != nil {
		return "    " + file[1] + ":" + file[2]
	}
	switch {
	case strings.TrimSpace(line) == "":
		return ""
	case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
		what, rest, _ := strings.Cut(line, ": ")
		return what + ": " + causes(rest)
	case stackHead().MatchString(line):
		return stackHead().FindString(line)
	case line == "signal arrived during cgo execution", line == "runtime stack:":
		return line
	}
	if signal := crashSignal().FindStringSubmatch(line); signal != nil {
		return signal[1] + signal[2] // one of them is empty
	}
	if call := stackCall().FindStringSubmatch(line); call != nil {
		return call[1]
	}
	return left
}
