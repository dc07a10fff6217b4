package app

import (
	"context"
	"errors"

	"vastrelay/app/build"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/proxy"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// readEnvironment reads what the environment says of this run, and how it has
// the outside world connected to.
func readEnvironment(ctx context.Context, getenv func(string) string) (config.Env, *proxy.Dialer, error) {
	readInput := func(path string) ([]byte, error) { return config.ReadInput(ctx, path) }
	env, err := config.FromEnv(getenv, readInput, TunnelVendors())
	if err == nil {
		err = checkChatURL(env, getenv)
	}
	if err != nil {
		return env, nil, err
	}
	outward, err := proxy.New(proxy.Options{Getenv: getenv, UserAgent: build.Current().UserAgent()})
	return env, outward, err
}

// shown are the overrides that the person should know of. The demo says by
// itself that it leads nowhere else.
func shown(f flags, env config.Env) []string {
	if f.demo {
		return nil
	}
	return env.Overrides()
}

// fromEnvironment are the environment's credentials as the bridge knows them.
func fromEnvironment(env config.Env) map[credentials.Kind]relay.Secret {
	given := map[credentials.Kind]relay.Secret{}
	for kind, s := range map[credentials.Kind]relay.Secret{
		credentials.VastKey: env.VastKey, credentials.ChatURL: env.ChatURL, credentials.NgrokToken: env.NgrokToken,
	} {
		if !s.Empty() {
			given[kind] = s
		}
	}
	return given
}

// checkChatURL refuses a webhook URL of the environment that cannot be one.
func checkChatURL(env config.Env, getenv func(string) string) error {
	if env.ChatURL.Empty() {
		return nil
	}
	_, err := googlechat.ParseURL(env.ChatURL.Reveal(), googlechat.ParseOptions{ExtraHosts: env.ChatHosts})
	if refusal, ok := errors.AsType[*googlechat.URLError](err); ok {
		return config.EnvError{{Variable: config.Source(getenv, config.VarChatURL), Sentence: refusal.Text}}
	}
	return err
}

// allowStored keeps credentials from the keyring away from everyone but their
// vendors.
func allowStored(env config.Env) func(credentials.Kind, relay.Secret) error {
	return func(kind credentials.Kind, stored relay.Secret) error {
		switch kind {
		case credentials.VastKey:
			return env.AllowStored(config.VarVastKey, stored)
		case credentials.ChatURL:
			return env.AllowStored(config.VarChatURL, stored)
		default:
			return env.AllowStored(config.VarNgrokToken, stored)
		}
	}
}
