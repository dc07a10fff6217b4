package credentials

import (
	"context"
	"errors"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// vault is a Vault in memory that fails while err is set.
type vault struct {
	kept map[string]relay.Secret
	err  error
}

func (v *vault) Get(_ context.Context, name string) (relay.Secret, error) {
	s, ok := v.kept[name]
	if !ok && v.err == nil {
		return s, secrets.ErrNotFound
	}
	return s, v.err
}

func (v *vault) Set(_ context.Context, name string, s relay.Secret) error {
	if v.err == nil {
		v.kept[name] = s
	}
	return v.err
}

func (v *vault) Delete(_ context.Context, name string) error {
	delete(v.kept, name)
	return v.err
}

var errLocked = errors.New("locked")

func TestRead(t *testing.T) {
	stored := map[string]relay.Secret{secrets.NameVastKey: relay.NewSecret("stored")}
	for name, tc := range map[string]struct {
		change func(*Store, *vault)
		want   string
		state  State
		barred bool
		fails  bool
	}{
		"what is stored":                    {func(*Store, *vault) {}, "stored", InKeyring, false, false},
		"what is stored for this run alone": {func(s *Store, _ *vault) { s.Ephemeral = func() bool { return true } }, "stored", InMemory, false, false},
		"nothing":                           {func(_ *Store, v *vault) { v.kept = nil }, "", Missing, false, false},
		"a vault that is locked":            {func(_ *Store, v *vault) { v.err = errLocked }, "", Unreadable, false, true},
		"the environment before the vault":  {func(s *Store, _ *vault) { s.Environment = map[Kind]relay.Secret{VastKey: relay.NewSecret("given")} }, "given", FromEnvironment, false, false},
		"the environment, while the vault is shut": {func(s *Store, v *vault) {
			s.Environment = map[Kind]relay.Secret{VastKey: relay.NewSecret("given")}
			v.err = errLocked
		}, "given", FromEnvironment, false, false},
		"a stored one that an override bars": {func(s *Store, _ *vault) { s.AllowStored = func(Kind, relay.Secret) error { return errLocked } }, "", Missing, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := &vault{kept: stored}
			s := &Store{Vault: v, AllowStored: func(Kind, relay.Secret) error { return nil }}
			tc.change(s, v)
			got, err := s.Read(t.Context(), VastKey)
			if got.Secret.Reveal() != tc.want || got.State != tc.state || (got.Barred != nil) != tc.barred || (err != nil) != tc.fails {
				t.Errorf("got %q, %s, barred by %v, error %v", got.Secret.Reveal(), got.State, got.Barred, err)
			}
		})
	}
}

func TestWhatIsPastedUnderAnOverrideHoldsForThisRun(t *testing.T) {
	v := &vault{kept: map[string]relay.Secret{}}
	barred := func(Kind, relay.Secret) error { return errLocked }
	s := &Store{Vault: v, AllowStored: barred}
	if err := s.Keep(t.Context(), ChatURL, relay.NewSecret("pasted")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read(t.Context(), ChatURL); err != nil || got.Secret.Reveal() != "pasted" {
		t.Errorf("in this run: got %q, %v", got.Secret.Reveal(), err)
	}
	next := &Store{Vault: v, AllowStored: barred}
	if got, err := next.Read(t.Context(), ChatURL); err != nil || !got.Secret.Empty() || got.Barred == nil {
		t.Errorf("in the next run: got %q, %v, want it barred", got.Secret.Reveal(), err)
	}
	if err := s.Remove(t.Context(), ChatURL); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read(t.Context(), ChatURL); err != nil || got.State != Missing {
		t.Errorf("removed: got %s, %v", got.State, err)
	}
}

func TestNotes(t *testing.T) {
	var n Notes
	for _, c := range n.All() {
		if c.State != Missing {
			t.Errorf("%s: got %s before anything is known", c.Kind, c.State)
		}
	}
	n.Renew(VastKey, InKeyring, words.Verbatim("ada@example.net"))
	n.Blame(health.Problem{Headline: words.Verbatim("refused"), Action: health.ActionReplaceKey})
	n.Blame(health.Problem{Headline: words.Verbatim("nobody's fault")})
	all := n.All()
	if c := all[0]; c.Kind != VastKey || c.State != InKeyring || c.Problem == nil || c.Problem.Headline.String() != "refused" {
		t.Errorf("blamed: got %+v", c)
	}
	for _, c := range all[1:] {
		if c.Problem != nil {
			t.Errorf("%s is blamed for what another mends", c.Kind)
		}
	}
	n.Checked(VastKey, words.Sentence{})
	if c := n.All()[0]; c.Problem != nil || c.CheckedAt.IsZero() || c.Detail.String() != "ada@example.net" {
		t.Errorf("checked: got %+v", c)
	}
}

func TestEveryKindIsInTheTable(t *testing.T) {
	seen := map[string]Kind{}
	for _, k := range Kinds() {
		about := k.about()
		for _, text := range []string{about.name.String(), about.inSentence.String(), about.secretName, about.variable, string(about.replace)} {
			if text == "" || text == string(k) && text == about.name.String() {
				t.Errorf("%s lacks something: %+v", k, about)
			}
			if other, twice := seen[text]; twice {
				t.Errorf("%s and %s share %q", k, other, text)
			}
			seen[text] = k
		}
	}
}
