package dev.millrace.gateway;

/** The default of an installation on one machine. */
class H2SlicesTest extends SlicesContract {}
