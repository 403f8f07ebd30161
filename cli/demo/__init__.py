"""The sample company of `redress demo`: an invented CRM and mail store, and the truth about two people in them."""
