package googlechat

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
)

// about returns an event of a type with the given texts.
func about(slug, subject, message string) relay.Event {
	ev := event(slug)
	ev.Subject, ev.Message = subject, message
	return ev
}

func TestThreadKeys(t *testing.T) {
	outbid := about("outbid", "Your Interruptible Instance #4711 Has Been Outbid", "It is paused.")
	host := about("low_disk_space", "Machine 815 is low on disk space", "")
	host.Role = relay.RoleHost
	for _, tc := range []struct {
		name   string
		choice Threads
		events []relay.Event
		rung   relay.Rung
		want   string
	}{
		{"by default there is no thread", ThreadsOff, []relay.Event{outbid}, relay.RungCard, ""},
		{"an unknown choice is none", "sideways", []relay.Event{outbid}, relay.RungCard, ""},
		{"by type", ThreadsType, []relay.Event{outbid}, relay.RungCard, "vastrelay/type/client/outbid"},
		{"by type, as text", ThreadsType, []relay.Event{outbid}, relay.RungText, "vastrelay/type/client/outbid"},
		{"the same type of a host is another", ThreadsType, []relay.Event{host}, relay.RungCard, "vastrelay/type/host/low_disk_space"},
		{"the shortest form goes without", ThreadsType, []relay.Event{outbid}, relay.RungShortest, ""},
		{"an event without a type has none", ThreadsType, []relay.Event{about("", "a", "b")}, relay.RungCard, ""},
		{"a type that is no slug is cleaned and cut", ThreadsType, []relay.Event{about("a\x00\n"+strings.Repeat("é", 500), "", "")}, relay.RungCard, "vastrelay/type/client/a " + strings.Repeat("é", 198)},

		{"by instance, from the subject", ThreadsInstance, []relay.Event{outbid}, relay.RungCard, "vastrelay/instance/4711"},
		{"by instance, from the message", ThreadsInstance, []relay.Event{about("idle_gpu", "GPU idle", "Your instance 42 has been idle.")}, relay.RungCard, "vastrelay/instance/42"},
		{"by instance, with the word id", ThreadsInstance, []relay.Event{about("idle_gpu", "Instance ID: 42 is idle", "")}, relay.RungCard, "vastrelay/instance/42"},
		{"by machine for hosts", ThreadsInstance, []relay.Event{host}, relay.RungCard, "vastrelay/machine/815"},
		{"twice the same instance is one", ThreadsInstance, []relay.Event{about("outbid", "Instance 7 outbid", "Instance #7 is paused.")}, relay.RungCard, "vastrelay/instance/7"},
		{"the subject counts before the message", ThreadsInstance, []relay.Event{about("outbid", "Instance 7 outbid", "Machine 8 hosts it.")}, relay.RungCard, "vastrelay/instance/7"},
		{"a text with several instances tells of none", ThreadsInstance, []relay.Event{about("upcoming_downtime", "Instances 7 and instance 8 go down", "")}, relay.RungCard, ""},
		{"an event about money has none", ThreadsInstance, []relay.Event{about("low_credit", "Your balance is below $5.00", "Add credit.")}, relay.RungCard, ""},
		{"a number in a word is none", ThreadsInstance, []relay.Event{about("x", "instance 12ab is named so", "subinstance 5")}, relay.RungCard, ""},
		{"a number without end is none", ThreadsInstance, []relay.Event{about("x", "instance "+strings.Repeat("1", 50), "")}, relay.RungCard, ""},

		{"a digest of one type goes into its thread", ThreadsType, []relay.Event{outbid, about("outbid", "b", "c")}, relay.RungCard, "vastrelay/type/client/outbid"},
		{"a digest of several types into none", ThreadsType, []relay.Event{outbid, host}, relay.RungCard, ""},
		{"a digest of one instance goes into its thread", ThreadsInstance, []relay.Event{outbid, about("idle_gpu", "Instance 4711 idle", "")}, relay.RungText, "vastrelay/instance/4711"},
		{"a digest with an event of no instance into none", ThreadsInstance, []relay.Event{outbid, about("low_credit", "x", "y")}, relay.RungCard, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := relay.Message{Events: tc.events, Digest: len(tc.events) > 1, Rung: tc.rung}
			got := ""
			if th := threadOf(tc.choice, m); th != nil {
				got = th.Key
			}
			if got != tc.want {
				t.Errorf("key = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestMessagesOfAThreadStandTogether(t *testing.T) {
	server := chattest.New(chattest.Options{})
	t.Cleanup(server.Close)
	choice := ThreadsOff
	s := New(Options{Threads: func() Threads { return choice }})
	t.Cleanup(s.Close)
	s.SetURL(mustParse(t, server.SpaceURL(testSpace), server.Host()))
	send := func(slug, subject string) string {
		t.Helper()
		m := relay.Message{Space: testSpace, Events: []relay.Event{about(slug, subject, "")}, Rung: relay.RungCard, MessageID: freshMessageID()}
		r := s.Send(t.Context(), m)
		if r.Outcome != relay.Posted || r.Thread == "" {
			t.Fatalf("result = %+v, want posted into a thread", r)
		}
		return r.Thread
	}
	alone := send("outbid", "Instance 1 outbid")
	if send("outbid", "Instance 1 outbid") == alone {
		t.Error("two messages stand together although nobody chose threads")
	}
	choice = ThreadsType
	if send("outbid", "Instance 1 outbid") != send("outbid", "Instance 2 outbid") {
		t.Error("two messages of one type stand apart")
	}
	choice = ThreadsInstance
	first := send("outbid", "Instance 1 outbid")
	if first != send("instance_stopped", "Instance 1 stopped") || first == send("outbid", "Instance 2 outbid") {
		t.Error("want the messages of one instance together, and those of another apart")
	}
	if alone = send("low_credit", "Balance low"); send("low_credit", "Balance low") == alone {
		t.Error("messages about no instance stand together")
	}
}

// TestAThreadNeverCostsTheMessage: where the service cannot use a thread it
// makes a new one, and the last form names none.
func TestAThreadNeverCostsTheMessage(t *testing.T) {
	for rung, want := range map[relay.Rung]bool{relay.RungCard: true, relay.RungText: true, relay.RungShortest: false} {
		var option string
		var sent struct{ Thread *struct{ ThreadKey string } }
		s := New(Options{Threads: func() Threads { return ThreadsType }, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			option = r.URL.Query().Get("messageReplyOption")
			if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
				t.Error(err)
			}
			return answerOf(200, `{"name":"spaces/AAAAexample/messages/M.M"}`), nil
		})})
		s.SetURL(mustParse(t, goodURL))
		m := cardMessage()
		m.Rung = rung
		s.Send(t.Context(), m)
		if got := sent.Thread != nil && option == "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"; got != want || (option != "") != want {
			t.Errorf("%s: thread %v with the option %q, want a thread: %v", rung, sent.Thread, option, want)
		}
	}
}
