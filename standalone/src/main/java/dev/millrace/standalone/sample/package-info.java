/** Stand-ins for APIs, for demonstrations and tests. */
package dev.millrace.standalone.sample;
