package app

import (
	"vastrelay/app/config"
	"vastrelay/relay"
)

// effective are the settings on disk with the environment's laid over them.
// What the environment says is in force for this run and never stored.
type effective struct {
	*config.Config
	env config.Env
}

// Settings returns the settings in force.
func (e effective) Settings() config.Settings { return e.env.Apply(e.Config.Settings()) }

// Save stores s, except for what the environment says.
func (e effective) Save(s config.Settings) error {
	stored := e.Config.Settings()
	if len(e.env.Events) > 0 {
		s.EventTypes, s.Host, s.Unconfirmed = stored.EventTypes, stored.Host, stored.Unconfirmed
	}
	if e.env.Tunnel != "" {
		s.Tunnel = stored.Tunnel
	}
	if e.env.PublicURL != "" {
		s.PublicURL = stored.PublicURL
	}
	if e.env.Listen != "" {
		s.Listen = stored.Listen
	}
	if e.env.NgrokDomain != "" {
		s.NgrokDomain = stored.NgrokDomain
	}
	return e.Config.Save(s)
}

// basePath is the path of the person's own public URL; empty for any other
// address. The receiver knows its paths with and without it.
func (p *Program) basePath() string {
	s := p.settings.Settings()
	if s.TunnelOrDefault() != config.TunnelURL {
		return ""
	}
	return relay.PublicPath(s.PublicURL)
}
