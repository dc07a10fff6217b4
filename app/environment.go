package app

import (
	"context"
	"errors"
	"slices"

	"vastrelay/app/build"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/heartbeat"
	"vastrelay/app/proxy"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
)

// readEnvironment reads this run's configuration from the environment, and
// returns a dialer that follows its proxy settings. Errors name the variable.
func readEnvironment(ctx context.Context, getenv func(string) string) (config.Env, *proxy.Dialer, error) {
	readInput := func(path string) ([]byte, error) { return config.ReadInput(ctx, path) }
	env, err := config.FromEnv(getenv, readInput, config.Credentials{Variables: credentialVariables(), Recognise: recognise}, TunnelVendors(), languageTags())
	if err == nil {
		err = checkChatURL(env, getenv)
	}
	if err == nil {
		err = checkHeartbeatURL(env, getenv)
	}
	if err != nil {
		return env, nil, err
	}
	outward, err := proxy.New(proxy.Options{Getenv: getenv, UserAgent: build.Current().UserAgent()})
	return env, outward, err
}

// shown are the overrides that a person should know of. A demo has none: all
// that it overrides is its own.
func shown(f flags, env config.Env) []string {
	if f.demo {
		return nil
	}
	names := env.Overrides()
	for _, v := range TunnelVendors() {
		for _, f := range receivers(v, env) {
			names = append(names, f.Variable)
		}
	}
	return names
}

// receivers are the settings of v that the environment gives, and that say who gets
// its credential.
func receivers(v tunnel.Vendor, env config.Env) []tunnel.Field {
	return slices.DeleteFunc(slices.Clone(v.Fields), func(f tunnel.Field) bool {
		return !f.Receives || env.Settings[config.Field(f.Key)] == ""
	})
}

// credentialVariables are the variables that each give a credential.
func credentialVariables() []config.Variable {
	var variables []config.Variable
	for _, kind := range credentials.Kinds() {
		variables = append(variables, config.Variable(kind.Variable()))
	}
	return variables
}

// languageTags are the tags of the languages that messages can be in.
func languageTags() (tags []string) {
	for _, l := range words.Languages() {
		tags = append(tags, l.Tag())
	}
	return tags
}

// recognise finds the credential of v in what the environment gives for it, and
// says where it belongs when it is another.
func recognise(v config.Variable, given string) (value, refusal string) {
	for _, kind := range credentials.Kinds() {
		if kind.Variable() == string(v) {
			found := credentials.ReadPaste(kind, given)
			return found.Value, found.Elsewhere().String()
		}
	}
	return given, ""
}

// fromEnvironment returns the credentials of the environment by their kind.
func fromEnvironment(env config.Env) map[credentials.Kind]relay.Secret {
	given := map[credentials.Kind]relay.Secret{}
	for _, kind := range credentials.Kinds() {
		if s := env.Credentials[config.Variable(kind.Variable())]; !s.Empty() {
			given[kind] = s
		}
	}
	return given
}

// checkChatURL refuses a webhook URL of the environment that cannot be one.
func checkChatURL(env config.Env, getenv func(string) string) error {
	given := env.Credentials[config.VarChatURL]
	if given.Empty() {
		return nil
	}
	_, err := googlechat.ParseURL(given.Reveal(), googlechat.ParseOptions{ExtraHosts: env.ChatHosts})
	if refusal, ok := errors.AsType[*googlechat.URLError](err); ok {
		return config.EnvError{{Variable: config.Source(getenv, config.VarChatURL), Sentence: refusal.Text}}
	}
	return err
}

// checkHeartbeatURL refuses a heartbeat URL of the environment that cannot be one.
func checkHeartbeatURL(env config.Env, getenv func(string) string) error {
	given := env.Credentials[config.VarHeartbeatURL]
	if given.Empty() {
		return nil
	}
	if err := heartbeat.CheckURL(given.Reveal()); err != nil {
		return config.EnvError{{Variable: config.Source(getenv, config.VarHeartbeatURL), Sentence: err.Error()}}
	}
	return nil
}

// allowStored returns a function that refuses a stored credential in a run whose
// environment would send it to somebody other than its vendor.
func allowStored(env config.Env) func(credentials.Kind, relay.Secret) error {
	return func(kind credentials.Kind, stored relay.Secret) error {
		var server config.Variable
		for _, v := range TunnelVendors() {
			if v.Credential != string(kind) {
				continue
			}
			server = config.Variable(v.ServerVariable)
			if given := receivers(v, env); len(given) > 0 {
				return &config.OverrideError{Override: config.Variable(given[0].Variable), Credential: config.Variable(kind.Variable())}
			}
		}
		return env.AllowStored(config.Variable(kind.Variable()), stored, server)
	}
}
