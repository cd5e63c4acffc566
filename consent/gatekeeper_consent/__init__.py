"""The register: roll, consent, biometric consent, face templates, imports, withdrawal."""
