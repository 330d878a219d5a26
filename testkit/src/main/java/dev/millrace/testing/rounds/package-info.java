/**
 * Rounds of faults: real processes of the four services on the loopback, a source, connections and a run database that
 * misbehave by a seed, and an oracle that knows what every table has to hold afterwards. {@link
 * dev.millrace.testing.rounds.Rounds} is the story.
 */
package dev.millrace.testing.rounds;
