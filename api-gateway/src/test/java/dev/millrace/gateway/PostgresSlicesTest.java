package dev.millrace.gateway;

import org.junit.jupiter.api.extension.ExtendWith;

/** What production uses. */
@ExtendWith(PostgresRunDatabase.class)
class PostgresSlicesTest extends SlicesContract {}
