package command

import (
	// An image that has nothing in it but this program has no authorities either, and would trust no certificate: it takes those of
	// Mozilla's list then. A machine that has its own, in its usual place or where SSL_CERT_FILE and SSL_CERT_DIR say, is left with these.
	_ "golang.org/x/crypto/x509roots/fallback"
)
