package control

import "testing"

func TestSeats(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second map[string]string
		sees          bool
		named         string // the first's
	}{
		{"the same X display", map[string]string{"DISPLAY": ":0"}, map[string]string{"DISPLAY": ":0"}, true, "the display :0"},
		{"the same X display in other words", map[string]string{"DISPLAY": "unix:0.0"}, map[string]string{"DISPLAY": ":0.1"}, true, "the display :0"},
		{"another X display", map[string]string{"DISPLAY": ":0"}, map[string]string{"DISPLAY": ":1"}, false, "the display :0"},
		{"X over the network", map[string]string{"DISPLAY": ":10"}, map[string]string{"DISPLAY": "localhost:10.0"}, false, "the display :10"},
		{"a terminal without a display", map[string]string{"DISPLAY": ":0"}, nil, false, "the display :0"},
		{"the same Wayland display", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, true, "the display wayland-0"},
		{"another Wayland display", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, map[string]string{"WAYLAND_DISPLAY": "wayland-1"}, false, "the display wayland-0"},
		{"two Wayland sessions with an X display each", map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, map[string]string{"WAYLAND_DISPLAY": "wayland-1", "DISPLAY": ":1"}, false, "the display :0"},
		{"the same session of Windows", map[string]string{"SESSIONNAME": "Console"}, map[string]string{"SESSIONNAME": "Console"}, true, "the session Console"},
		{"another session of Windows", map[string]string{"SESSIONNAME": "Console"}, map[string]string{"SESSIONNAME": "RDP-Tcp#3"}, false, "the session Console"},
		{"a system that names no display", nil, nil, true, "another display"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first := SeatFrom(func(name string) string { return tt.first[name] })
			second := SeatFrom(func(name string) string { return tt.second[name] })
			if got := second.Sees(first); got != tt.sees {
				t.Errorf("somebody at %+v sees %+v: got %v, want %v", second, first, got, tt.sees)
			}
			if got := first.String(); got != tt.named {
				t.Errorf("got %q, want %q", got, tt.named)
			}
		})
	}
}
