package dev.millrace.gateway;

class H2ApiTest extends ApiContract {}
