/** Tries the whole path through Google Cloud, with the four services as they are, and cleans up behind itself. */
package dev.millrace.standalone.cloud.verify;
