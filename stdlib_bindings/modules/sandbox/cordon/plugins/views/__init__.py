"""What stands in sys.modules for a plugin as a whole: a package whose modules are all that the plugin brings. Beside it, modules that a plugin sees in place of everybody's."""
