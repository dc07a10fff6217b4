package launch

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

func TestCheckDisplay(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("there is nothing to choose here")
	}
	const noGLX = "APIUnavailable: GLX: GLX extension not found"
	x11 := map[string]string{"DISPLAY": "remote.test:0"} // not looked at before the library is asked
	both := map[string]string{"DISPLAY": "remote.test:0", "WAYLAND_DISPLAY": "wayland-1"}
	for name, tc := range map[string]struct {
		env      map[string]string
		fails    map[string]string // what the library says, by platform
		says     []string          // parts of the error; none: there is none
		platform string            // that the toolkit is told to use
	}{
		"a window opens": {env: x11, platform: "x11"},
		"X refuses, at another computer": {
			env: x11, fails: map[string]string{"x11": "X11: Failed to open display remote.test:0"},
			says: []string{"remote.test:0", "refuses"}, platform: "x11",
		},
		"no OpenGL": {env: x11, fails: map[string]string{"x11": noGLX}, says: []string{"no OpenGL 2.1", noGLX}, platform: "x11"},
		"OpenGL is too old": {
			env: x11, fails: map[string]string{"x11": "VersionUnavailable: Requested OpenGL version 2.1, got version 1.4"},
			says: []string{"no OpenGL 2.1", "got version 1.4"}, platform: "x11",
		},
		"Wayland does not answer": {
			env: map[string]string{"WAYLAND_DISPLAY": "wayland-7"}, fails: map[string]string{"wayland": "Wayland: Failed to connect to display"},
			says: []string{"Wayland display wayland-7"}, platform: "wayland",
		},
		"Wayland is chosen without a name": {
			env: map[string]string{"DISPLAY": "remote.test:0", "FYNE_PLATFORM": "wayland"}, fails: map[string]string{"wayland": "Wayland: Failed to connect to display"},
			says: []string{"Wayland display wayland-0"}, platform: "wayland",
		},
		"X gives way to Wayland":                    {env: both, fails: map[string]string{"x11": noGLX}, platform: "wayland"},
		"X gives no way to what does not work":      {env: both, fails: map[string]string{"x11": noGLX, "wayland": "no"}, says: []string{noGLX}, platform: "x11"},
		"a library is missing":                      {env: x11, fails: map[string]string{"x11": "X11: Failed to load Xlib"}, says: []string{"not installed"}, platform: "x11"},
		"what is not known is said in one line":     {env: x11, fails: map[string]string{"x11": "first\nsecond"}, says: []string{"first second"}, platform: "x11"},
		"a failure without words is one all same":   {env: x11, fails: map[string]string{"x11": ""}, says: []string{"does not say why"}, platform: "x11"},
		"without a display the library is not used": {env: map[string]string{}, fails: map[string]string{"": "asked"}, says: []string{"there is no display"}},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{}
			for k, v := range tc.env {
				env[k] = v
			}
			err := checkDisplay(t.Context(), func(name string) (string, bool) {
				v, ok := env[name]
				return v, ok
			}, func(name, value string) error {
				env[name] = value
				return nil
			}, func(platform string) error {
				if text, ok := tc.fails[platform]; ok {
					return errors.New(text)
				}
				return nil
			})
			if (err != nil) != (len(tc.says) > 0) {
				t.Fatalf("got %v, want an error: %v", err, len(tc.says) > 0)
			}
			for _, part := range tc.says {
				if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %q, want one line with %q", err, part)
				}
			}
			if env["FYNE_PLATFORM"] != tc.platform {
				t.Errorf("the toolkit is told to use %q, want %q", env["FYNE_PLATFORM"], tc.platform)
			}
		})
	}
}
