/* The keys by which a rule limits a capability. Private to policy. */
#ifndef POLICY_SOURCE_POLICY_FIELDS_H
#define POLICY_SOURCE_POLICY_FIELDS_H

/* X(key of a rule, flag POLICY_FIELD_...), in the order of the flags */
#define POLICY_FIELDS(X) \
    X(path, PATH) X(name, NAME) X(host, HOST) X(address, ADDRESS) X(port, PORT) \
    X(program, PROGRAM) X(arguments, ARGUMENTS) X(signal, SIGNAL) X(origin, ORIGIN) X(sha256, DIGEST)

enum policy_field_number {
#define POLICY_FIELD_NUMBER(member, flag) POLICY_NUMBER_##flag,
    POLICY_FIELDS(POLICY_FIELD_NUMBER)
#undef POLICY_FIELD_NUMBER
    POLICY_FIELD_COUNT
};

#endif
