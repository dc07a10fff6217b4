package kinds

import (
	"testing"

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
		"a row has the verb before the number":  {RowTitle(client, "outbid", "Your Interruptible Instance #48926820 Has Been Outbid"), "Outbid #48926820", "Überboten #48926820"},
		"as a host calls it":                    {RowTitle(host, "low_disk_space", "Disk Space Low on Machine #20417"), "Machine disk low #20417", "Speicherplatz der Maschine knapp #20417"},
		"the first number counts":               {RowTitle(client, "instance_offline", "Instance #1 on machine #2"), "Offline #1", "Offline #1"},
		"a row without a number keeps its subject": {RowTitle(client, "outbid", "Your instance was outbid"), "Instance was outbid", "Instance was outbid"},
		"so does one of a type about no thing":     {RowTitle(client, "low_credit", "Your Vast.ai balance is #1"), "Balance is #1", "Balance is #1"},
		"and of one that is not known":             {RowTitle(client, "new_type", "Your Vast.ai Instance #7 Moved"), "Instance #7 Moved", "Instance #7 Moved"},
		"what only looks like a number is none":    {RowTitle(client, "outbid", "Instance #7b of 12"), "Instance #7b of 12", "Instance #7b of 12"},
		"a number of absurd length is none":        {RowTitle(client, "outbid", "Instance #1234567890123456789"), "Instance #1234567890123456789", "Instance #1234567890123456789"},
		"a row without a subject has the name":     {RowTitle(client, "low_disk_space", "Low disk space"), "Instance disk space low", "Speicherplatz einer Instanz wird knapp"},
		"a row of nothing":                         {RowTitle(client, "", "Vast.ai notification"), "Vast.ai notification", "Benachrichtigung von Vast.ai"},
		"a title keeps its subject":                {Title(client, "outbid", "Your Bid"), "Your Bid", "Your Bid"},
		"a topic":                                  {Topic("billing"), "Billing", "Abrechnung"},
		"a topic that is not known":                {Topic("new_things"), "New things", "New things"},
		"a name that Vast.ai changed":              {Listed(client, "outbid", "Bid lost"), "Bid lost", "Instanz überboten"},
		"a name of a type that is not known":       {Listed(client, "gpu_on_fire", "GPU on fire"), "GPU on fire", "GPU on fire"},
		"a type that is not known and has no name": {Listed(client, "gpu_on_fire", ""), "Gpu on fire", "Gpu on fire"},
		"a meaning": {Meaning(client, "payment_receipt", "A payment succeeded."), "A payment succeeded.", "Eine Zahlung war erfolgreich."},
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
