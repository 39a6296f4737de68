; What differs between the versions of Script-Fu: this is GIMP 2.10's side, gimp3.scm the other.

; The only value of a procedure's result.
(define (one result) (car result))

(define (load-image path) (one (gimp-file-load RUN-NONINTERACTIVE path path)))
(define (load-layer image path) (one (gimp-file-load-layer RUN-NONINTERACTIVE image path)))
(define (save-xcf image path) (gimp-xcf-save RUN-NONINTERACTIVE image 0 path path))
(define (save-tiff image path)
  (gimp-file-save RUN-NONINTERACTIVE image (one (gimp-image-get-active-drawable image)) path path))
(define (item-name item) (one (gimp-item-get-name item)))
(define (image-of item) (one (gimp-item-get-image item)))
(define (layer-count image) (car (gimp-image-get-layers image)))
(define (position-of image item) (one (gimp-image-get-item-position image item)))
(define (first-layer image) (vector-ref (cadr (gimp-image-get-layers image)) 0))
