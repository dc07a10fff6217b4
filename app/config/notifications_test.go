package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // Windows has no zones by these names

	"vastrelay/relay/tunnel/tunneltest"
)

// at is a moment on 18 November 2026 in a zone that is not UTC.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, time.November, day, hour, minute, 0, 0, time.FixedZone("", 2*60*60))
}

func TestNotificationsAreSilentByTheClockOfThePerson(t *testing.T) {
	night := Notifications{Quiet: true}
	noon := Notifications{Quiet: true, QuietFrom: "12:00", QuietTo: "13:30"}
	for name, tc := range map[string]struct {
		n    Notifications
		now  time.Time
		want time.Time // zero: notifications are shown
	}{
		"nothing is chosen":                         {Notifications{}, at(18, 23, 0), time.Time{}},
		"before the quiet hours":                    {night, at(18, 21, 59), time.Time{}},
		"they begin to the minute":                  {night, at(18, 22, 0), at(19, 7, 0)},
		"before midnight they end tomorrow":         {night, at(18, 23, 59), at(19, 7, 0)},
		"after midnight they end today":             {night, at(19, 0, 0), at(19, 7, 0)},
		"they end to the minute":                    {night, at(19, 7, 0), time.Time{}},
		"within one day":                            {noon, at(18, 12, 30), at(18, 13, 30)},
		"within one day, later":                     {noon, at(18, 13, 30), time.Time{}},
		"quiet hours without a length are none":     {Notifications{Quiet: true, QuietFrom: "08:00", QuietTo: "08:00"}, at(18, 8, 0), time.Time{}},
		"times that cannot be read are the default": {Notifications{Quiet: true, QuietFrom: "late", QuietTo: "25:00"}, at(18, 22, 0), at(19, 7, 0)},
		"muted":           {Notifications{MutedUntil: at(18, 15, 0)}, at(18, 14, 30), at(18, 15, 0)},
		"muted until now": {Notifications{MutedUntil: at(18, 15, 0)}, at(18, 15, 0), time.Time{}},
		"a mute of more than an hour: the clock was set": {Notifications{MutedUntil: at(18, 15, 0)}, at(18, 13, 30), time.Time{}},
		"muted into the quiet hours":                     {Notifications{Quiet: true, MutedUntil: at(18, 22, 30)}, at(18, 21, 45), at(19, 7, 0)},
		"muted in the quiet hours beyond their end":      {Notifications{Quiet: true, MutedUntil: at(19, 7, 30)}, at(19, 6, 45), at(19, 7, 30)},
		"muted in the quiet hours within them":           {Notifications{Quiet: true, MutedUntil: at(18, 23, 30)}, at(18, 22, 45), at(19, 7, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.n.SilentUntil(tc.now); !got.Equal(tc.want) {
				t.Errorf("silent until %v, want %v", got, tc.want)
			}
		})
	}
}

func TestQuietHoursEndByTheClockAlsoWhenThatIsPutForward(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	evening := time.Date(2026, time.March, 28, 23, 0, 0, 0, berlin)
	got := Notifications{Quiet: true}.SilentUntil(evening)
	if want := time.Date(2026, time.March, 29, 7, 0, 0, 0, berlin); !got.Equal(want) || got.Sub(evening) != 7*time.Hour {
		t.Errorf("got %v after %v, want %v after 7 h", got, got.Sub(evening), want)
	}
}

func TestKindsOfNotificationsAreShownUnlessTheyAreSwitchedOff(t *testing.T) {
	for _, kind := range NotificationKinds() {
		if !(Notifications{}).Shows(kind) {
			t.Errorf("%s is not shown by default", kind)
		}
		if (Notifications{Without: []NotificationKind{kind}}).Shows(kind) {
			t.Errorf("%s is shown although it is switched off", kind)
		}
		if (Notifications{Off: true}).Shows(kind) {
			t.Errorf("%s is shown although all are off", kind)
		}
	}
}

func TestNotificationSettingsSurviveTheFile(t *testing.T) {
	const newer = `{"off":true,"without":["gap","joy"],"events":"types","types":["client:outbid"],"quiet":true,"quiet_from":"21:30","quiet_to":"06:00","muted_until":"2026-11-18T15:00:00Z","sound":"bell"}`
	var n Notifications
	if err := json.Unmarshal([]byte(newer), &n); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(n)
	if err != nil || string(again) != newer {
		t.Errorf("got %s, %v\nwant %s", again, err, newer)
	}
	copied := Settings{Notifications: n}.Clone().Notifications
	if !reflect.DeepEqual(copied, n) {
		t.Errorf("the copy is %+v, want %+v", copied, n)
	}
	copied.Types[0] = "host:machine_error"
	if n.Types[0] != "client:outbid" {
		t.Error("the copy shares its types")
	}
}

func TestWrongNotificationSettingsAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		n     Notifications
		field Field
	}{
		"an unknown choice of events":     {Notifications{Events: "some"}, FieldNotifiedEvents},
		"a type that is none":             {Notifications{Types: []string{"outbid"}}, FieldNotifiedTypes},
		"quiet hours from no time of day": {Notifications{QuietFrom: "24:00"}, FieldQuietFrom},
		"quiet hours to no time of day":   {Notifications{QuietTo: "seven"}, FieldQuietTo},
	} {
		t.Run(name, func(t *testing.T) {
			wrong, ok := validate(Settings{Notifications: tc.n}, tunneltest.Vendors()).(ValidationError) //nolint:errorlint // It is returned as it is.
			if !ok || len(wrong) != 1 || wrong[0].Field != tc.field || !strings.HasSuffix(wrong[0].Sentence, ".") {
				t.Errorf("got %v, want one sentence about %s", wrong, tc.field)
			}
		})
	}
}
