/** A stand-in for a school's API, for demonstrations and tests. */
package dev.millrace.standalone.sample;
