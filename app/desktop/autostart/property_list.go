package autostart

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// formatAgent is the property list of a launch agent that runs command at login, see
// launchd.plist(5).
func formatAgent(command []string) string {
	var arguments strings.Builder
	for _, argument := range command {
		arguments.WriteString("\t\t<string>")
		_ = xml.EscapeText(&arguments, []byte(argument)) // a Builder takes everything
		arguments.WriteString("</string>\n")
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>` + ID + `</string>
	<key>LimitLoadToSessionType</key>
	<string>Aqua</string>
	<key>ProcessType</key>
	<string>Interactive</string>
	<key>ProgramArguments</key>
	<array>
` + arguments.String() + `	</array>
	<key>RunAtLoad</key>
	<true/>
</dict>
</plist>
`
}

// agent is what matters of a launch agent.
type agent struct {
	command   []string
	runAtLoad bool
	disabled  bool
}

// parseAgent reads a property list in XML. A binary one was not written by this
// program.
func parseAgent(content string) (agent, error) {
	d := xml.NewDecoder(strings.NewReader(content))
	values, err := dictionary(d)
	if err != nil {
		return agent{}, err
	}
	a := agent{
		command:   values["ProgramArguments"],
		runAtLoad: strings.Join(values["RunAtLoad"], "") == "true",
		disabled:  strings.Join(values["Disabled"], "") == "true",
	}
	if len(a.command) == 0 {
		a.command = values["Program"]
	}
	if len(a.command) == 0 {
		return agent{}, errors.New("it names no program")
	}
	return a, nil
}

// errNoList is the answer to what is no property list in XML.
var errNoList = errors.New("it is no property list")

// dictionary reads the keys of the outermost dictionary, each with the texts and
// truth values within its value.
func dictionary(d *xml.Decoder) (map[string][]string, error) {
	values := map[string][]string{}
	key, depth := "", 0 // depth: of dictionaries and lists
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(values) > 0 {
			return values, nil
		}
		if err != nil {
			return nil, errNoList
		}
		if end, ok := token.(xml.EndElement); ok && nests(end.Name) {
			depth--
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local == "plist" {
			continue
		}
		if nests(start.Name) {
			depth++
			continue
		}
		text, err := value(d, start)
		switch {
		case err != nil:
			return nil, err
		case start.Name.Local != "key":
			values[key] = append(values[key], text)
		case depth == 1:
			key = text
		}
	}
}

// nests reports whether an element of that name holds others.
func nests(name xml.Name) bool { return name.Local == "dict" || name.Local == "array" }

// value reads an element that holds no others. The two truth values are their names.
func value(d *xml.Decoder, start xml.StartElement) (text string, err error) {
	if err := d.DecodeElement(&text, &start); err != nil {
		return "", errNoList
	}
	if name := start.Name.Local; name == "true" || name == "false" {
		return name, nil
	}
	return text, nil
}

// disabledLabel reports whether launchctl print-disabled lists our agent as one that
// the user has disabled. Its lines read `"app.vastrelay.desktop" => disabled`, and
// "=> true" on older systems.
func disabledLabel(printed string) bool {
	for line := range strings.Lines(printed) {
		name, state, ok := strings.Cut(line, "=>")
		if ok && strings.Trim(strings.TrimSpace(name), `"`) == ID {
			state = strings.TrimSpace(state)
			return state == "disabled" || state == "true"
		}
	}
	return false
}
