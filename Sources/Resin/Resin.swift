// Resin
