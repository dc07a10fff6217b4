package kinds

import (
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// TestEveryTypeIsTranslated compares the catalogue of sentences with the tables of
// types, which are the ones that know.
func TestEveryTypeIsTranslated(t *testing.T) {
	de := words.Choose("de")
	check := func(key, part, own string) {
		t.Helper()
		s, ok := words.EventType(key, part)
		if ok != (own != "") || s.String() != own || ok && s.In(de) == "" {
			t.Errorf("%s, %s: the sentences have %q and %q, the table %q", key, part, s, s.In(de), own)
		}
	}
	meanings := map[string]string{}
	for _, listed := range vastapi.Catalogue() {
		meanings[listed.Key] = listed.Meaning
	}
	if len(meanings) != len(relay.Kinds()) {
		t.Errorf("one table has %d types, the other %d", len(meanings), len(relay.Kinds()))
	}
	for _, k := range relay.Kinds() {
		check(k.Key(), "name", k.Name)
		check(k.Key(), "verb", k.Verb)
		check(k.Key(), "meaning", meanings[k.Key()])
	}
}

func TestTypesAreNamedInBothLanguages(t *testing.T) {
	de := words.Choose("de")
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)
	note := relay.NoteOf(relay.Gap{Start: noon, End: noon.Add(time.Hour), Cause: relay.GapSleep, MayLose: true, CaughtUp: 1}, 2)
	gap := relay.Event{Type: relay.GapType, Subject: "Not reachable.", Message: "Gone.", Payload: note.Payload()}
	const client, host = relay.RoleClient, relay.RoleHost
	for name, tc := range map[string]struct {
		got             words.Sentence
		english, german string
	}{
		"a known type":                          {Name(client, "outbid"), "Instance outbid", "Instanz überboten"},
		"one with another meaning for hosts":    {Name(host, "low_disk_space"), "Machine disk space low", "Speicherplatz einer Maschine wird knapp"},
		"one that is known from the other role": {Name(client, "machine_error"), "Machine issue detected", "Problem einer Maschine"},
		"one that is not known":                 {Name(client, "gpu_on_fire"), "Gpu on fire", "Gpu on fire"},
		"none":                                  {Name(client, ""), "Notification", "Benachrichtigung"},
		"a test":                                {Name(client, relay.TestType), "Test from Vast.ai", "Test von Vast.ai"},
		"a full key":                            {NameOfKey("host:machine_offline"), "Machine offline", "Maschine offline"},
		"several":                               {NamesOfKeys([]string{"client:outbid", "client:low_credit"}), "Instance outbid and Balance running low", "Instanz überboten und Guthaben wird knapp"},
		"a verb":                                {Verb(client, "outbid"), "Outbid", "Überboten"},
		"no verb":                               {Verb(client, "low_credit"), "", ""},
		"a row has the verb before the number":  {RowTitle(relay.Summary{Role: client, Type: "outbid", Title: "Your Interruptible Instance #48926820 Has Been Outbid"}), "Outbid #48926820", "Überboten #48926820"},
		"as a host calls it":                    {RowTitle(relay.Summary{Role: host, Type: "low_disk_space", Title: "Disk Space Low on Machine #20417"}), "Machine disk low #20417", "Speicherplatz der Maschine knapp #20417"},
		"the first number counts":               {RowTitle(relay.Summary{Role: client, Type: "instance_offline", Title: "Instance #1 on machine #2"}), "Offline #1", "Offline #1"},
		"a row without a number keeps its subject": {RowTitle(relay.Summary{Role: client, Type: "outbid", Title: "Your instance was outbid"}), "Instance was outbid", "Instance was outbid"},
		"so does one of a type about no thing":     {RowTitle(relay.Summary{Role: client, Type: "low_credit", Title: "Your Vast.ai balance is #1"}), "Balance is #1", "Balance is #1"},
		"and of one that is not known":             {RowTitle(relay.Summary{Role: client, Type: "new_type", Title: "Your Vast.ai Instance #7 Moved"}), "Instance #7 Moved", "Instance #7 Moved"},
		"what only looks like a number is none":    {RowTitle(relay.Summary{Role: client, Type: "outbid", Title: "Instance #7b of 12"}), "Instance #7b of 12", "Instance #7b of 12"},
		"a number of absurd length is none":        {RowTitle(relay.Summary{Role: client, Type: "outbid", Title: "Instance #1234567890123456789"}), "Instance #1234567890123456789", "Instance #1234567890123456789"},
		"a row without a subject has the name":     {RowTitle(relay.Summary{Role: client, Type: "low_disk_space", Title: "Low disk space"}), "Instance disk space low", "Speicherplatz einer Instanz wird knapp"},
		"a row of nothing":                         {RowTitle(relay.Summary{Role: client, Type: "", Title: "Vast.ai notification"}), "Vast.ai notification", "Benachrichtigung von Vast.ai"},
		"a title keeps its subject":                {Title(relay.Event{Role: client, Type: "outbid", Subject: "Your Bid"}), "Your Bid", "Your Bid"},
		"a gap":                                    {Title(gap), "Not reachable 12:00–13:00: the computer slept. 1 event caught up.", "Nicht erreichbar 12:00–13:00: der Computer schlief. 1 Ereignis nachgeholt."},
		"the row of one":                           {RowTitle(relay.Summary{Type: relay.GapType, Title: "Not reachable.", Note: note}), "Not reachable 12:00–13:00: the computer slept. 1 event caught up.", "Nicht erreichbar 12:00–13:00: der Computer schlief. 1 Ereignis nachgeholt."},
		"a gap of an earlier version":              {Title(relay.Event{Type: relay.GapType, Subject: "Not reachable."}), "Not reachable.", "Not reachable."},
		"the row of such a gap":                    {RowTitle(relay.Summary{Type: relay.GapType, Title: "Not reachable."}), "Not reachable.", "Not reachable."},
		"a message of Vast.ai that looks like one": {Message(relay.Event{Type: "outbid", Message: "Bid.", Payload: note.Payload()}), "Bid.", "Bid."},
		"a topic":                                  {Topic("billing"), "Billing", "Abrechnung"},
		"a topic that is not known":                {Topic("new_things"), "New things", "New things"},
		"a name that Vast.ai changed":              {Listed(client, "outbid", "Bid lost"), "Bid lost", "Instanz überboten"},
		"a name of a type that is not known":       {Listed(client, "gpu_on_fire", "GPU on fire"), "GPU on fire", "GPU on fire"},
		"a type that is not known and has no name": {Listed(client, "gpu_on_fire", ""), "Gpu on fire", "Gpu on fire"},
		"a meaning":                                {Meaning(client, "payment_receipt", "A payment succeeded."), "A payment succeeded.", "Eine Zahlung war erfolgreich."},
		"a meaning that the sentences do not have": {Meaning(client, "payment_receipt", "Other."), "Other.", "Other."},
		"no meaning for a type that is not known":  {Meaning(client, "gpu_on_fire", ""), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.got.String() != tc.english || tc.got.In(de) != tc.german {
				t.Errorf("got %q and %q, want %q and %q", tc.got, tc.got.In(de), tc.english, tc.german)
			}
		})
	}
}

func TestWhatBecameOfEventsInAGapIsSaidInBothLanguages(t *testing.T) {
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)
	note := relay.NoteOf(relay.Gap{Start: noon, End: noon.Add(time.Hour), Cause: relay.GapSleep}, 2)
	got := Message(relay.Event{Type: relay.GapType, Message: "Gone.", Payload: note.Payload()})
	if want := status.GapConsequence(note.Gap(), 2); got != want || got.In(words.Choose("de")) == got.String() {
		t.Errorf("got %q and %q, want %q", got, got.In(words.Choose("de")), want)
	}
	if got := Message(relay.Event{Type: relay.GapType, Message: "Gone."}).String(); got != "Gone." {
		t.Errorf("of an earlier version: got %q, want what it stored", got)
	}
}
