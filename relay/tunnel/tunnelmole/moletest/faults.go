package moletest

// change changes how the service misbehaves.
func (s *Service) change(f func(*faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.faults)
	s.changes.Note()
}

// SetDown makes the service answer 503 to clients that connect.
func (s *Service) SetDown(down bool) { s.change(func(f *faults) { f.down = down }) }

// Mute makes the service take connections and never answer on them.
func (s *Service) Mute(mute bool) { s.change(func(f *faults) { f.mute = mute }) }

// RefuseNames makes the service say that the account has too many subdomains.
func (s *Service) RefuseNames(refuse bool) { s.change(func(f *faults) { f.tooMany = refuse }) }

// FailReservations makes the service fail to reserve subdomains.
func (s *Service) FailReservations(fail bool) { s.change(func(f *faults) { f.notReserving = fail }) }

// GiveOtherNames makes the service assign random names in place of subdomains,
// without saying why.
func (s *Service) GiveOtherNames(give bool) { s.change(func(f *faults) { f.otherName = give }) }

// Hold makes another client hold the subdomain.
func (s *Service) Hold(subdomain string) { s.hold(subdomain, true) }

// Release ends Hold.
func (s *Service) Release(subdomain string) { s.hold(subdomain, false) }

func (s *Service) hold(subdomain string, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[subdomain+"."+Domain] = held
	s.changes.Note()
}

// LoseNext makes the service forget the next registration while its client stays
// connected, as it does when an earlier connection of the same client id ends late.
func (s *Service) LoseNext() { s.change(func(f *faults) { f.loseNext = true }) }

// CutAll closes the connection of every client without a word.
func (s *Service) CutAll() {
	for _, c := range s.all() {
		c.cut()
	}
}

// Freeze makes everything vanish that is sent on the connections that there are,
// in both directions, as when a computer sleeps or changes its network. The
// service keeps their names.
func (s *Service) Freeze() {
	for _, c := range s.all() {
		c.below.frozen.Store(true)
	}
}

// EndLifetimes ends every connection as the service does after 12 hours.
func (s *Service) EndLifetimes() {
	for _, c := range s.all() {
		c.send(map[string]string{"type": "clientMessage", "logLevel": "error", "message": "The tunnel has reached its longest lifetime."})
		c.cut()
	}
}

// Disconnect tells every client to end.
func (s *Service) Disconnect() {
	for _, c := range s.all() {
		c.send(map[string]any{"type": "clientDisconnect", "exitCode": 1})
		c.end()
	}
}

// Send sends data to every client, as one message.
func (s *Service) Send(data []byte) {
	for _, c := range s.all() {
		c.sendRaw(data)
	}
}
