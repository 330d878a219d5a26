package dev.millrace.gateway;

class H2UsersTest extends UsersContract {}
