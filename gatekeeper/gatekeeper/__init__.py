"""The application: settings, composition, command line, web pages, channels, demo."""
