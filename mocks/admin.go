package mocks

import "net/http"

// AdminHandler serves the switches of the mock. It must not be reachable by those who are tested.
func (s *Server) AdminHandler() http.Handler {
	return http.NotFoundHandler()
}
