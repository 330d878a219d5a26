/** How a user grants access to a source, by a browser and this machine (RFC 8252). */
package dev.millrace.standalone.signin;
