from django.urls import path

from portal.views import crawlers, install, interface, pages, sectors

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("how-it-works/", pages.how_it_works, name="how_it_works"),
    path("privacy/", pages.privacy, name="privacy"),
    path("terms/", pages.terms, name="terms"),
    path("contact/", pages.contact, name="contact"),
    path("sectors/", sectors.sectors, name="sectors"),
    path("sectors/<slug:code>/", sectors.sector, name="sector"),
    path("api/", interface.api, name="api"),
    path("api/operations/<slug:tag>/", interface.api_group, name="api_group"),
    path("api/v1/openapi.json", interface.openapi, name="openapi"),
    path("api/v1/problems/", interface.problems, name="problems"),
    path("api/v1/problems/<slug:code>/", interface.problem, name="problem"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path("sitemap-pages.xml", crawlers.sitemap_pages, name="sitemap_pages"),
    path("sitemap-firms-<int:number>.xml", crawlers.sitemap_firms, name="sitemap_firms"),
    path("manifest-<str:language>.webmanifest", install.manifest, name="manifest"),
    path("offline/<str:language>/", install.offline, name="offline"),
    path("sw.js", install.service_worker, name="service_worker"),
]
