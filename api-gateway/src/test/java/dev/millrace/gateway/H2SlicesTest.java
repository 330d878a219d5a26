package dev.millrace.gateway;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The default of an installation on one machine. The same is tried on PostgreSQL in each build. */
@EnabledIfSystemProperty(named = "thorough", matches = ".*")
class H2SlicesTest extends SlicesContract {}
