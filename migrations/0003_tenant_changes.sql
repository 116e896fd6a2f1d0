-- A tenant changes what it has chosen through the API: its own row, and these columns of it.
GRANT UPDATE (name, default_region, time_zone, locale, disabled_channels, settings)
    ON tenants TO tidings_api;
