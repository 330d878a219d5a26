/** What the command line adds for Google Cloud: its services emulated on a laptop, and {@code verify-cloud}. */
package dev.millrace.standalone.cloud;
