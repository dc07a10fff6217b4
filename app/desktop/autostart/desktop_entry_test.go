package autostart

import (
	"slices"
	"strings"
	"testing"
)

func TestParseDesktopEntry(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		exec          []string
		left          bool // the desktop leaves it out
		wrong         string
	}{
		{name: "as we write it", content: formatDesktopEntry([]string{"/opt/Vast Relay/vastrelay", "--hidden"}), exec: []string{"/opt/Vast Relay/vastrelay", "--hidden"}},
		{name: "without quotes", content: "[Desktop Entry]\nExec=vastrelay --hidden\n", exec: []string{"vastrelay", "--hidden"}},
		{name: "with field codes", content: "[Desktop Entry]\nExec=vastrelay %U --x=100%% %%\n", exec: []string{"vastrelay", "--x=100%", "%"}},
		{name: "with an empty argument", content: "[Desktop Entry]\nExec=vastrelay \"\" b\n", exec: []string{"vastrelay", "", "b"}},
		{name: "with spaces around the sign, comments and another group", content: "# mine\n\n[Desktop Entry]\nExec = a\n[Desktop Action x]\nExec=b\nHidden=true\n", exec: []string{"a"}},
		{name: "with line ends of Windows", content: "[Desktop Entry]\r\nExec=a b\r\n", exec: []string{"a", "b"}},
		{name: "hidden", content: "[Desktop Entry]\nHidden=true\n", left: true},
		{name: "switched off by GNOME", content: "[Desktop Entry]\nExec=a\nX-GNOME-Autostart-enabled=false\n", exec: []string{"a"}, left: true},
		{name: "for another desktop", content: "[Desktop Entry]\nExec=a\nOnlyShowIn=KDE;\n", exec: []string{"a"}, left: true},
		{name: "not for this desktop", content: "[Desktop Entry]\nExec=a\nNotShowIn=X;XFCE;\n", exec: []string{"a"}, left: true},
		{name: "for this desktop", content: "[Desktop Entry]\nExec=a\nOnlyShowIn=XFCE;GNOME;\n", exec: []string{"a"}},
		{name: "without a program", content: "[Desktop Entry]\nType=Application\n", wrong: "names no program"},
		{name: "with an open quotation", content: "[Desktop Entry]\nExec=\"a b\n", wrong: "has no end"},
		{name: "of something else", content: "<?xml version=\"1.0\"?>", wrong: "no desktop entry"},
		{name: "empty", content: "", wrong: "no desktop entry"},
		{name: "with a line that is nothing", content: "[Desktop Entry]\nhello\n", wrong: "neither a group nor a key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := parseDesktopEntry(tt.content)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Fatalf("got %v, want an error with %q", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(e.exec, tt.exec) {
				t.Errorf("got command %q, want %q", e.exec, tt.exec)
			}
			if left := e.hidden || !e.enabled || !e.shownIn("XFCE:Other"); left != tt.left {
				t.Errorf("left out: got %v, want %v", left, tt.left)
			}
		})
	}
}

// hardCommands are commands that a careless writer of entries breaks.
func hardCommands() [][]string {
	return [][]string{
		{"/usr/bin/vastrelay", "--hidden"},
		{`/home/ada/my "best" $HOME/100% sure/vast\relay`, "--hidden"},
		{"/home/ada/back`tick`/vastrelay", "--data-dir", `/srv/a b\n`},
		{"/a", "", "%", "%%", "%f", "tab\there", "two\nlines", "ü 語"},
	}
}

func TestCommandsComeBackAsTheyWereWritten(t *testing.T) {
	for _, command := range hardCommands() {
		e, err := parseDesktopEntry(formatDesktopEntry(command))
		if err != nil || !slices.Equal(e.exec, command) {
			t.Errorf("desktop entry: got %q, %v; want %q", e.exec, err, command)
		}
		if e.tryExec != command[0] {
			t.Errorf("TryExec: got %q, want %q", e.tryExec, command[0])
		}
		a, err := parseAgent(formatAgent(command))
		if err != nil || !slices.Equal(a.command, command) || !a.runAtLoad || a.disabled {
			t.Errorf("launch agent: got %+v, %v; want %q", a, err, command)
		}
	}
}

// FuzzParseDesktopEntry finds that no entry ends the program, and that every command
// that could be read can be written and read again.
func FuzzParseDesktopEntry(f *testing.F) {
	for _, command := range hardCommands() {
		f.Add(formatDesktopEntry(command))
	}
	f.Add("[Desktop Entry]\nExec=\\\\ \"\\\nTryExec=\\s")
	f.Fuzz(func(t *testing.T, content string) {
		e, err := parseDesktopEntry(content)
		if err != nil || e.hidden {
			return
		}
		again, err := parseDesktopEntry(formatDesktopEntry(e.exec))
		if err != nil || !slices.Equal(again.exec, e.exec) {
			t.Errorf("got %q, %v; want %q", again.exec, err, e.exec)
		}
	})
}

func TestParseAgent(t *testing.T) {
	const head = `<?xml version="1.0"?><plist version="1.0"><dict>`
	for _, tt := range []struct {
		name, content string
		want          agent
		wrong         string
	}{
		{name: "a list of arguments", content: head + `<key>ProgramArguments</key><array><string>/a &amp; b</string><string>-x</string></array><key>RunAtLoad</key><true/></dict></plist>`, want: agent{command: []string{"/a & b", "-x"}, runAtLoad: true}},
		{name: "a program alone", content: head + `<key>Program</key><string>/a</string><key>RunAtLoad</key><false/></dict></plist>`, want: agent{command: []string{"/a"}}},
		{name: "disabled", content: head + `<key>Program</key><string>/a</string><key>Disabled</key><true/><key>RunAtLoad</key><true/></dict></plist>`, want: agent{command: []string{"/a"}, runAtLoad: true, disabled: true}},
		{name: "a dictionary within", content: head + `<key>EnvironmentVariables</key><dict><key>Program</key><string>/evil</string></dict><key>Program</key><string>/a</string></dict></plist>`, want: agent{command: []string{"/a"}}},
		{name: "no program", content: head + `<key>Label</key><string>x</string></dict></plist>`, wrong: "names no program"},
		{name: "a binary one", content: "bplist00\xd1\x01", wrong: "no property list"},
		{name: "an empty file", content: "", wrong: "no property list"},
		{name: "one that is cut off", content: head + `<key>Program</key><string>/a`, wrong: "no property list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseAgent(tt.content)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got %v, want an error with %q", err, tt.wrong)
				}
				return
			}
			if err != nil || !slices.Equal(got.command, tt.want.command) || got.runAtLoad != tt.want.runAtLoad || got.disabled != tt.want.disabled {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func FuzzParseAgent(f *testing.F) {
	f.Add(formatAgent([]string{"/a", "<&>"}))
	f.Add("<plist><dict><key>Program</key>")
	f.Fuzz(func(t *testing.T, content string) {
		if a, err := parseAgent(content); err == nil && len(a.command) == 0 {
			t.Error("an agent without a program is taken")
		}
	})
}

func TestDisabledLabel(t *testing.T) {
	for printed, want := range map[string]bool{
		"disabled services = {\n\t\"app.vastrelay.desktop\" => disabled\n}":           true,
		"disabled services = {\n\t\"app.vastrelay.desktop\" => true\n}":               true,
		"disabled services = {\n\t\"app.vastrelay.desktop\" => enabled\n}":            false,
		"disabled services = {\n\t\"app.vastrelay.desktop.helper\" => disabled\n}":    false,
		"\t\"com.example.other\" => disabled\n\t\"app.vastrelay.desktop\" => false\n": false,
		"": false,
	} {
		if got := disabledLabel(printed); got != want {
			t.Errorf("%q: got %v, want %v", printed, got, want)
		}
	}
}
