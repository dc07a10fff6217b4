package replay

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"vastrelay/relay"
)

// powershell returns lines for Windows PowerShell 5.1 and PowerShell 7 that send body
// to url with the given headers, under notes for a person.
//
// They call Invoke-WebRequest rather than curl.exe, for which the older of the two
// neither quotes arguments nor pipes bytes as they are:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing .
func powershell(notes []string, url string, all []relay.Header, body []byte) string {
	var b, table strings.Builder
	for _, note := range notes {
		b.WriteString("# " + note + "\n")
	}
	fmt.Fprintf(&b, "$body = [Convert]::FromBase64String('%s')\n", base64.StdEncoding.EncodeToString(body))
	fmt.Fprintf(&b, "Invoke-WebRequest -UseBasicParsing -Method Post -Uri %s", powershellQuoted(url))
	named := map[string]bool{}
	for _, h := range all {
		name := http.CanonicalHeaderKey(h.Name)
		if named[name] || h.Value == "" || strings.ContainsFunc(h.Value, func(r rune) bool { return r > unicode.MaxASCII }) {
			// A table takes a name once, a parameter no empty text, and PowerShell 7 no
			// header outside ASCII. Without its header, an event has the id of its body.
			continue
		}
		named[name] = true
		// These two have to be parameters:
		// https://learn.microsoft.com/dotnet/api/system.net.webheadercollection.isrestricted .
		switch name {
		case "Content-Type":
			fmt.Fprintf(&b, " `\n  -ContentType %s", powershellQuoted(h.Value))
		case "User-Agent":
			fmt.Fprintf(&b, " `\n  -UserAgent %s", powershellQuoted(h.Value))
		default:
			fmt.Fprintf(&table, "    %s = %s\n", powershellQuoted(h.Name), powershellQuoted(h.Value))
		}
	}
	b.WriteString(" `\n  -Headers @{\n" + table.String() + "  } -Body $body\n")
	return b.String()
}

// powershellQuoted is text as a literal of PowerShell, which takes typographic single
// quotes for plain ones; two of them stand for the second:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules .
func powershellQuoted(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(singleQuotes, r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	return "'" + b.String() + "'"
}

// singleQuotes are the characters that end a literal of PowerShell.
const singleQuotes = "'\u2018\u2019\u201a\u201b"
