/** A kind of warehouse that only tests have, to show what one takes. */
package dev.millrace.loader.trial;
