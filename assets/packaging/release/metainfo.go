package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// releasesPlace is the line of the AppStream file that the releases replace.
const releasesPlace = "  <releases/>\n"

// writeMetainfo writes the AppStream file at path with releases put into it. Source:
// https://www.freedesktop.org/software/appstream/docs/sect-Metadata-Releases.html .
func writeMetainfo(out io.Writer, path string, releases []release) error {
	template, err := os.ReadFile(path) // #nosec G304 -- whoever packages names it
	if err != nil {
		return err
	}
	before, after, found := strings.Cut(string(template), releasesPlace)
	if !found {
		return fmt.Errorf("%s has no line %q", path, strings.TrimSpace(releasesPlace))
	}
	_, err = io.WriteString(out, before+releasesElement(releases)+after)
	return err
}

// releasesElement is the element that lists releases.
func releasesElement(releases []release) string {
	var b bytes.Buffer
	b.WriteString("  <releases>\n")
	for _, r := range releases {
		fmt.Fprintf(&b, "    <release version=%q date=%q>\n      <description>\n        <ul>\n", r.version, r.date.Format(time.DateOnly))
		for _, change := range r.changes {
			b.WriteString("          <li>")
			_ = xml.EscapeText(&b, []byte(change)) // A buffer takes everything.
			b.WriteString("</li>\n")
		}
		b.WriteString("        </ul>\n      </description>\n    </release>\n")
	}
	b.WriteString("  </releases>\n")
	return b.String()
}
