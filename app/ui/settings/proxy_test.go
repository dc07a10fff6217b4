package settings

import (
	"testing"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

func TestAProxyIsTypedAndSaved(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	c := d.showSettings(SectionGeneral).win.Content()
	entry := kittest.Entries(c)[0]
	if kittest.Button(c, "Save") != nil {
		t.Error("nothing was typed, and there is a button to save it")
	}
	entry.SetText("http://proxy.example.net:3128")
	d.Pump()
	if kittest.Button(c, "Save").Disabled() {
		t.Fatal("an address was typed, and it cannot be saved")
	}
	d.Tap(c, "Save")
	d.Until("that it is saved", func() bool { return kittest.Sees(c, "shows whether everything is reached") })
	if got := b.Settings().General.Proxy; got != "http://proxy.example.net:3128" {
		t.Errorf("kept %q", got)
	}
	if kittest.Button(c, "Save") != nil {
		t.Error("everything is saved, and the button stands there still")
	}
}

func TestAProxyThatCannotBeKeptIsSaidBelowTheEntry(t *testing.T) {
	for fault, says := range map[status.ProxyFault]string{
		status.ProxyForm:        "not the address of a proxy",
		status.ProxyScheme:      "begins with http, https or socks5",
		status.ProxyHost:        "names no host",
		status.ProxyUnescaped:   "would lie open in the settings file",
		status.ProxyCredentials: "would lie open in the settings file",
	} {
		b := uitest.Working()
		b.Way.Fault = fault
		d := newDesk(t, b)
		c := d.showSettings(SectionGeneral).win.Content()
		kittest.Entries(c)[0].SetText("x")
		d.Pump()
		d.WantText(c, says)
		if !kittest.Button(c, "Save").Disabled() {
			t.Errorf("%s: it can be saved", fault)
		}
	}
}

func TestTheProxyOfTheEnvironmentIsShown(t *testing.T) {
	b := uitest.Working()
	b.Way.Now = status.Proxy{Address: "http://proxy.example.net:3128", Variable: "HTTPS_PROXY"}
	d := newDesk(t, b)
	c := d.showSettings(SectionGeneral).win.Content()
	d.WantText(c, "http://proxy.example.net:3128")
	d.WantText(c, "HTTPS_PROXY in the environment names this proxy")
	if n := len(kittest.Entries(c)); n > 0 {
		t.Errorf("%d entries, want none: the environment comes first", n)
	}
}
